/** Completion inside quotes, where tslab knows the candidates but not which text they replace. */
import * as ts from "@tslab/typescript-for-tslab";
import type { CompletionInfo } from "tslab/dist/converter";

type Completions = Pick<CompletionInfo, "start" | "end" | "candidates">;

/** @param found what tslab found at the position */
export function completions(found: CompletionInfo, code: string, position: number): Completions {
  const literal = literalAt(code, position);
  if (!literal) return found;
  const names = (found.original?.entries ?? []).map(({ name }) => name);
  return { ...literal, candidates: names.filter((name) => name.startsWith(code.slice(literal.start, position))) };
}

/** The text between the quotes that the position is in. */
function literalAt(code: string, position: number): { start: number; end: number } | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  let found: { start: number; end: number } | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) {
      const start = node.getStart() + 1;
      const isClosed = node.end > start && code[node.end - 1] === code[start - 1];
      const end = isClosed ? node.end - 1 : node.end;
      if (start <= position && position <= end) found = { start, end };
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
