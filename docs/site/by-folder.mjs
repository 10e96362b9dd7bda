/** A plugin of TypeDoc: documents have their headings as names, and public names stand under their folder of src/, in the order in which data flows. */
import { Application, Comment, CommentTag, Converter, ReflectionKind } from "typedoc";

const titles = {
  util: "Errors, randomness, statistics",
  formats: "Floating-point formats",
  ir: "The graph",
  ops: "Operations",
  autodiff: "Differentiation and kinks",
  engines: "Engines",
  nn: "Networks",
  optim: "Optimizers",
  data: "Datasets",
  train: "Training",
  runs: "Runs and their rows",
  experiments: "Experiments",
  figures: "Figures",
  views: "Tables of runs",
  explore: "The page of runs",
  notebook: "Notebooks",
};

export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue("categoryOrder", Object.values(titles)));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const document of project.getReflectionsByKind(ReflectionKind.Document)) document.name = headingOf(document);
    for (const reflection of project.getReflectionsByKind(ReflectionKind.All)) {
      const title = reflection.parent?.kindOf(ReflectionKind.SomeModule) ? titleOf(project, reflection) : undefined;
      if (title === undefined) continue;
      reflection.comment ??= new Comment();
      reflection.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: title }]));
    }
  });
}

function headingOf({ name, content }) {
  const text = content.map((part) => part.text).join("");
  return /^# (.+)$/m.exec(text)?.[1] ?? name;
}

function titleOf(project, reflection) {
  const place = project.getSymbolIdFromReflection(reflection)?.packagePath ?? "";
  const [, folder] = /^src\/([^/]+)\//.exec(place) ?? [];
  return titles[folder];
}
