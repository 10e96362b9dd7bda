/** What the code of a notebook's cells defines and imports, by TypeScript's own parser. */
import ts from "typescript";

export interface Definition {
  /** "trace", or the first line of one without a name. */
  readonly name: string;
  readonly lines: number;
}

/** Functions, methods and classes, with and without names, wherever they stand. */
export function definitionsOf(code: string): Definition[] {
  const source = parse(code);
  const line = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  return nodesOf(source)
    .filter((node) => ts.isFunctionLike(node) || ts.isClassLike(node))
    .map((node) => {
      const start = node.getStart(source);
      return { name: nameOf(node, source), lines: line(node.end) - line(start) + 1 };
    });
}

function nameOf(node: ts.SignatureDeclaration | ts.ClassLikeDeclaration, source: ts.SourceFile): string {
  const { parent } = node;
  const name = node.name ?? (ts.isVariableDeclaration(parent) ? parent.name : undefined);
  return name?.getText(source) ?? node.getText(source).split("\n")[0]!;
}

/** Names that are imported and stand nowhere else. */
export function unusedImports(code: string): string[] {
  const source = parse(code);
  const nodes = nodesOf(source).filter(ts.isIdentifier);
  const imported = nodes.filter(isImported).map(({ text }) => text);
  const used = new Set(nodes.filter(isReference).map(({ text }) => text));
  return imported.filter((name) => !used.has(name));
}

const isImported = (node: ts.Identifier): boolean =>
  (ts.isImportClause(node.parent) || ts.isNamespaceImport(node.parent) || ts.isImportSpecifier(node.parent)) &&
  node.parent.name === node;

/** Whether an identifier means what goes by this name: no import, no property's name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isImportClause(parent) || ts.isNamespaceImport(parent) || ts.isImportSpecifier(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  return !((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node);
}

const parse = (code: string) => ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true);

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node];
  ts.forEachChild(node, (child) => {
    nodes.push(...nodesOf(child));
  });
  return nodes;
}
