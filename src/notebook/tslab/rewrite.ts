/**
 * Corrects beforehand what tslab 1.0.22 gets wrong in a cell. It turns each name of an earlier cell into a property of the object
 * that holds them, which breaks `{ network }` and `const { network: n } = object`; it exports everything that a cell declares, so it
 * does not expect `export`; and it does not see for every `await` that the cell needs an asynchronous function.
 */
import * as ts from "@tslab/typescript-for-tslab";
import { boundNames } from "./names";

export interface Rewritten {
  readonly source: string;
  /** Whether the cell has an `await` outside all functions. */
  readonly awaits: boolean;
  /** Variables that the cell declares by `var` inside a statement: tslab does not pass them on to later cells. */
  readonly inner: readonly string[];
  /** What tslab cannot do, but does not report. */
  readonly problems: readonly Problem[];
  /** The position in the cell of a position in `source`. */
  original(offset: number): number;
}

/** A message about a node of the cell. */
export interface Problem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** TypeScript's own message, which it does not give in a method. */
const AWAIT = "'await' expressions are only allowed within async functions and at the top levels of modules.";

/** Where a node stands: in what kind of function, if any. */
type Place = "cell" | "async" | "plain";

/** @param declarations what earlier cells have declared, as TypeScript. */
export function rewrite(source: string, declarations: string): Rewritten {
  // as a module, where `await (x)` is no call
  const file = ts.createSourceFile("cell.ts", `${source}\nexport {};`, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  // it does no harm that these are more names than those of variables
  const names = new Set(declarations.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  const isEarlier = (name: ts.Identifier) => names.has(name.text);
  const insertions: Insertion[] = [];
  const problems = file.statements.flatMap((statement) => [...unusableNames(statement), ...unusableExports(statement)]);
  let awaits = false;
  const visit = (node: ts.Node, place: Place): void => {
    insertions.push(...insertionsFor(node, isEarlier));
    if (isAwait(node)) {
      awaits ||= place === "cell";
      if (place === "plain") problems.push(problem(node, AWAIT));
    }
    ts.forEachChild(node, (child) => visit(child, ts.isComputedPropertyName(child) ? place : placeInside(node, place)));
  };
  visit(file, "cell");
  const inner = file.statements.map((statement) => [...new Set(innerVars(statement).map(({ text }) => text))]);
  file.statements.forEach(({ end }, index) => {
    const assignments = inner[index]!.map((name) => `${name} = ${name}`);
    // an assignment at the top level exports the values that the statement gave them; `void`: this is not the cell's value
    if (assignments.length > 0) insertions.push({ at: end, text: `; void [${assignments.join(", ")}];` });
  });
  insertions.sort((a, b) => a.at - b.at);
  return {
    source: insertAll(withoutExports(source, file), insertions),
    awaits,
    inner: inner.flat(),
    problems,
    original: (offset) => before(insertions, offset),
  };
}

const isAwait = (node: ts.Node): boolean =>
  ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);

function placeInside(node: ts.Node, place: Place): Place {
  if (ts.isFunctionLike(node)) return isAsync(node) ? "async" : "plain";
  return ts.isClassStaticBlockDeclaration(node) || ts.isModuleBlock(node) ? "plain" : place;
}

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);

/** Variables declared by `var` inside a statement of the cell that belong to the cell. */
function innerVars(node: ts.Node): ts.Identifier[] {
  if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isModuleBlock(node)) return [];
  const isTop = ts.isVariableStatement(node.parent) && ts.isSourceFile(node.parent.parent);
  const found = isTop ? [] : ownVars(node);
  ts.forEachChild(node, (child) => void found.push(...innerVars(child)));
  return found;
}

function ownVars(node: ts.Node): ts.Identifier[] {
  if (!ts.isVariableDeclarationList(node) || node.flags & ts.NodeFlags.BlockScoped) return [];
  return node.declarations.flatMap(({ name }) => boundNames(name));
}

const problem = (node: ts.Node, message: string): Problem => ({ start: node.getStart(), end: node.end, message });

/** Names that a cell cannot use because tslab's own code around it does. */
function unusableNames(statement: ts.Statement): Problem[] {
  return boundNames(statement).flatMap((name) => {
    if (name.text === "exports" || name.text === "require") {
      return [problem(name, `The kernel uses the name '${name.text}' in every cell. Choose another one.`)];
    }
    if (name.text.startsWith("__")) {
      return [
        problem(
          name,
          `'${name.text}' begins with two underscores, which is not allowed in a cell. Choose another name.`,
        ),
      ];
    }
    return [];
  });
}

/** Exports that would give later cells fewer names than they promise. */
function unusableExports(statement: ts.Statement): Problem[] {
  if (!ts.isExportDeclaration(statement)) return [];
  if (statement.moduleSpecifier) {
    return [problem(statement, "'export … from' gives no names to later cells. Use 'import' instead.")];
  }
  const elements =
    statement.exportClause && ts.isNamedExports(statement.exportClause) ? statement.exportClause.elements : [];
  return elements.flatMap((element) => {
    const [from, to] = [element.propertyName?.text, element.name.text];
    if (from === undefined || from === to || to === "default") return [];
    const isType = statement.isTypeOnly || element.isTypeOnly;
    const instead = `${isType ? "type" : "const"} ${to} = ${from};`;
    return [problem(element, `A cell cannot export a name under another one. Write '${instead}' instead.`)];
  });
}

/** Everything that a cell declares is available to the next one, so `export` adds nothing. */
function withoutExports(source: string, file: ts.SourceFile): string {
  const blank = (from: number, to: number) => source.slice(from, to).replace(/\S/g, " ");
  let result = source;
  for (const node of file.statements.flatMap(exporting)) {
    if (node.end <= source.length) {
      result = result.slice(0, node.getStart()) + blank(node.getStart(), node.end) + result.slice(node.end);
    }
  }
  return result;
}

/** The parts of a statement that make it an export. */
function exporting(statement: ts.Statement): ts.Node[] {
  if (ts.isExportDeclaration(statement)) return statement.moduleSpecifier ? [] : [statement];
  if (!ts.canHaveModifiers(statement)) return [];
  const isNamed =
    boundNames(statement).length > 0 || ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
  const { ExportKeyword, DefaultKeyword } = ts.SyntaxKind;
  const modifiers = ts.getModifiers(statement) ?? [];
  return isNamed ? modifiers.filter(({ kind }) => kind === ExportKeyword || kind === DefaultKeyword) : [];
}

function insertionsFor(node: ts.Node, isEarlier: (name: ts.Identifier) => boolean): Insertion[] {
  // { network } → { network: network }
  if (ts.isShorthandPropertyAssignment(node) && isEarlier(node.name)) {
    return [{ at: node.name.end, text: `: ${node.name.text}` }];
  }
  // const { network: n } = … → const { "network": n } = …, and the same in an assignment
  const key = ts.isBindingElement(node) ? node.propertyName : isAssigned(node) ? node.name : undefined;
  if (!key || !ts.isIdentifier(key) || !isEarlier(key)) return [];
  return [
    { at: key.getStart(), text: '"' },
    { at: key.end, text: '"' },
  ];
}

/** A property in the pattern of an assignment, `({ network: n } = object)`. */
function isAssigned(node: ts.Node): node is ts.PropertyAssignment {
  if (!ts.isPropertyAssignment(node)) return false;
  let pattern: ts.Node = node;
  while (isPartOfPattern(pattern.parent)) pattern = pattern.parent;
  const { parent } = pattern;
  if (ts.isForOfStatement(parent)) return parent.initializer === pattern;
  return (
    ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.left === pattern
  );
}

const isPartOfPattern = (node: ts.Node): boolean =>
  ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node) || ts.isPropertyAssignment(node);

function insertAll(source: string, insertions: readonly Insertion[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { at, text } of insertions) {
    pieces.push(source.slice(from, at), text);
    from = at;
  }
  return pieces.join("") + source.slice(from);
}

function before(insertions: readonly Insertion[], offset: number): number {
  let shift = 0;
  for (const { at, text } of insertions) {
    if (at + shift >= offset) break;
    shift += Math.min(text.length, offset - at - shift);
  }
  return offset - shift;
}
