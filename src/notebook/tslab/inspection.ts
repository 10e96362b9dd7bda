/** Tooltips: a declaration, its description and its tags; for a setting of an experiment, its meaning. */
import * as ts from "@tslab/typescript-for-tslab";
import type { Experiment } from "../../experiments";

/** Like tslab's tooltip, with the names of the tags. */
export function tooltip({ displayParts = [], documentation = [], tags = [] }: ts.QuickInfo): string {
  const text = (parts: readonly { readonly text: string }[] = []) => parts.map((part) => part.text).join("");
  const lines = tags.map((tag) =>
    tag.name === "example" ? example(text(tag.text)) : `@${tag.name} ${text(tag.text)}`.trim(),
  );
  return [text(displayParts), text(documentation), lines.join("\n")].filter((part) => part !== "").join("\n\n");
}

/** Code without its fence, further in. */
function example(text: string): string {
  const code = text.replace(/^```\w*\n|\n```$/gm, "");
  return `@example\n${code.replace(/^(?=.)/gm, "    ")}`;
}

/**
 * The meaning of a key of an experiment's configuration, where code sets it: `runInNotebook(surprise, { set: { runs: … } })`. The
 * compiler knows only the types of the keys.
 * @param library returns the experiments by name; it is loaded only for code that looks like a setting
 */
export function settingText(code: string, position: number, library: () => object = experiments): string | undefined {
  const place = settingAt(code, position);
  if (!place) return undefined;
  const { toJSONSchema } = require("zod") as typeof import("zod");
  const experiment = (library() as Record<string, Partial<Experiment> | undefined>)[place.experiment];
  if (!experiment?.schema) return undefined;
  const { properties = {} } = toJSONSchema(experiment.schema, { io: "input" });
  const rule = properties[place.key];
  if (typeof rule !== "object" || rule.description === undefined) return undefined;
  const initial = rule.default === undefined ? "" : ` (default ${JSON.stringify(rule.default)})`;
  return `${place.key}: ${rule.description}${initial}`;
}

const experiments = () => require("../../experiments") as object;

/** The key at the position, in a call's `{ set: { … } }`, and the name before those options. */
function settingAt(code: string, position: number): { key: string; experiment: string } | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  let found: { key: string; experiment: string } | undefined;
  const visit = (node: ts.Node): void => {
    if (node.getStart() > position || node.end < position) return;
    const isKey = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node);
    const experiment = isKey && node.name.end >= position ? settingsOf(node.parent) : undefined;
    if (isKey && experiment) found = { key: node.name.getText().replace(/^["']|["']$/g, ""), experiment };
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The name before the options whose `set` is this object. */
function settingsOf({ parent: set }: ts.Node): string | undefined {
  if (!ts.isPropertyAssignment(set) || set.name.getText() !== "set") return undefined;
  const options = set.parent;
  const call = options.parent;
  if (!ts.isCallExpression(call)) return undefined;
  const before = call.arguments[call.arguments.indexOf(options) - 1];
  return before && ts.isIdentifier(before) ? before.text : undefined;
}
