/** A plugin of TypeDoc: documents have their headings as names, and public names stand under their folder of src/, in the order in which data flows. */
import { fileURLToPath } from "node:url";
import { Application, Comment, CommentTag, Converter, normalizePath, ReflectionKind, Renderer } from "typedoc";
import { notebookPages } from "./notebooks.mjs";

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
  const { pages, remove } = notebookPages(fileURLToPath(new URL("../..", import.meta.url)));
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue("categoryOrder", Object.values(titles));
    app.options.setValue("projectDocuments", [...app.options.getValue("projectDocuments"), ...pages.values()]);
  });
  app.renderer.on(Renderer.EVENT_END, remove);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const document of project.getReflectionsByKind(ReflectionKind.Document)) {
      // a link to a notebook leads to its page
      const notebook = [...pages.keys()].find((path) =>
        pages.get(path).endsWith(`/${document.name.split("/").at(-1)}.md`),
      );
      if (notebook) project.files.registerReflectionPath(normalizePath(notebook), document);
      document.name = headingOf(document);
    }
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
