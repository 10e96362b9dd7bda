/**
 * What tslab 1.0.22 makes wrong of a cell, put right beforehand. It turns each name of an earlier cell into a property of the
 * object that keeps them, and so breaks `{ network }` and `const { network: n } = object`; and of the loops that need an
 * asynchronous function it does not know `for await`.
 */
import * as ts from "@tslab/typescript-for-tslab";

export interface Rewritten {
  readonly source: string;
  /** Whether the cell has a `for await` outside all functions. */
  readonly awaits: boolean;
  /** The position in the cell of a position in `source`. */
  original(offset: number): number;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** @param declarations what earlier cells have declared, as TypeScript. */
export function rewrite(source: string, declarations: string): Rewritten {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  // more names than those of variables do no harm
  const names = new Set(declarations.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  const isEarlier = (name: ts.Identifier) => names.has(name.text);
  const insertions: Insertion[] = [];
  let awaits = false;
  const visit = (node: ts.Node, inFunction: boolean): void => {
    insertions.push(...insertionsFor(node, isEarlier));
    if (ts.isForOfStatement(node) && node.awaitModifier && !inFunction) awaits = true;
    const inner = inFunction || ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, false);
  insertions.sort((a, b) => a.at - b.at);
  return { source: insertAll(source, insertions), awaits, original: (offset) => before(insertions, offset) };
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
