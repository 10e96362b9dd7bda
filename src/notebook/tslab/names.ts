/** Which names statements declare, and the declarations that tslab 1.0.22 does not pass on from cell to cell. */
import * as ts from "@tslab/typescript-for-tslab";

/** The names of values that a statement, or the left side of a declaration, declares. */
export function boundNames(node: ts.Node): ts.Identifier[] {
  if (ts.isIdentifier(node)) return [node];
  if (ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node)) {
    return node.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
  }
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  if (ts.isImportDeclaration(node)) return importedNames(node);
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isImportEqualsDeclaration(node);
  return isNamed && node.name && ts.isIdentifier(node.name) ? [node.name] : [];
}

function importedNames({ importClause }: ts.ImportDeclaration): ts.Identifier[] {
  if (!importClause) return [];
  const { name, namedBindings } = importClause;
  const named = !namedBindings ? [] : ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements;
  return [...(name ? [name] : []), ...named.map((binding) => binding.name)];
}

/**
 * The declarations after a cell: those of tslab, the namespaces of earlier cells that no newer declaration replaces, and the
 * variables declared inside statements, with type `any`.
 */
export function allDeclarations(earlier: string, latest: string, inner: readonly string[]): string {
  const known = new Set(
    statements(latest)
      .flatMap(boundNames)
      .map(({ text }) => text),
  );
  const namespaces = statements(earlier).filter(
    (node) => ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && !known.has(node.name.text),
  );
  const variables = [...new Set(inner)].filter((name) => !known.has(name)).map((name) => `declare let ${name}: any;`);
  return [latest, ...namespaces.map((node) => node.getText()), ...variables].join("\n");
}

const statements = (declarations: string): readonly ts.Statement[] =>
  ts.createSourceFile("declarations.d.ts", declarations, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS).statements;
