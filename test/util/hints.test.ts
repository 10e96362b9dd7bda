/** Hints have one style: behind "Hint: " they go on in lower case, and end without a full stop, so that a command can be copied. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../src/util";

const source = join(projectRoot, "src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** What a file passes as a hint: the fourth argument of `fail`, and what is named so. */
function hintsIn(name: string, text: string): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "fail" && node.arguments[3])
      found.push(node.arguments[3]);
    else if (ts.isPropertyAssignment(node) && isHint(node.name)) found.push(node.initializer);
    else if (ts.isVariableDeclaration(node) && isHint(node.name) && node.initializer) found.push(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
  return found;
}

const isHint = (name: ts.Node) => /^(hint|remedy)$/i.test(name.getText());

/** The texts that an expression may become, with … for what is computed: of "a" + b, the whole. */
function textsOf(node: ts.Expression): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("…")];
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (!ts.isBinaryExpression(node)) return [];
  if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [...textsOf(node.left), ...textsOf(node.right)];
  const [left = "…", right = "…"] = [textsOf(node.left)[0], textsOf(node.right)[0]];
  return [left + right];
}

const hints = files.flatMap((name) =>
  hintsIn(name, readFileSync(join(source, name), "utf8")).flatMap((node) =>
    textsOf(node).map((text) => ({ name, text })),
  ),
);

describe("hints", () => {
  it("more than 60 hints are found in the source", () => expect(hints.length).toBeGreaterThan(60));

  it.each(hints)("the hint in $name is in the house style: $text", ({ text }) => {
    expect(text, "lower case, save for names").not.toMatch(/^[A-Z][a-z]*('s)? /);
    expect(text, "no full stop").not.toMatch(/\.$/);
    expect(text, "the command alone").not.toMatch(/^run:|get it with|if you want it/);
  });
});
