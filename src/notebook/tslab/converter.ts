/** tslab's converter of cells from TypeScript to JavaScript, fed with cells that it gets right. */
import type { Converter, ConvertResult, Diagnostic, DiagnosticPos } from "tslab/dist/converter";
import { rewrite } from "./rewrite";

/**
 * tslab forgets what a cell that fails has declared. Here it is kept once the cell has been converted, so that the numbers that
 * an interrupted loop has gathered can be looked at.
 */
export function betterConverter(converter: Converter): Converter {
  let kept: string | undefined;
  return {
    convert(declarations, source) {
      const converted = convert(converter, kept ?? declarations, source);
      if (converted.diagnostics.length === 0) kept = converted.declOutput ?? "";
      return converted;
    },
    inspect: (declarations, source, position) => converter.inspect(kept ?? declarations, source, position),
    complete: (declarations, source, position) => converter.complete(kept ?? declarations, source, position),
    addModule: (name, content, meta) => converter.addModule(name, content, meta),
    close: () => converter.close(),
  };
}

function convert(converter: Converter, declarations: string, source: string): ConvertResult {
  const rewritten = rewrite(source, declarations);
  const converted = converter.convert(declarations, rewritten.source);
  const place = ({ offset }: DiagnosticPos): DiagnosticPos => position(source, rewritten.original(offset));
  const inCell = (diagnostic: Diagnostic): Diagnostic =>
    diagnostic.fileName === undefined
      ? { ...diagnostic, start: place(diagnostic.start), end: place(diagnostic.end) }
      : diagnostic;
  return {
    ...converted,
    diagnostics: converted.diagnostics.map(inCell),
    hasToplevelAwait: converted.hasToplevelAwait || rewritten.awaits,
  };
}

/** Line and character, from 0, of an offset. */
function position(source: string, offset: number): DiagnosticPos {
  const lines = source.slice(0, offset).split("\n");
  return { offset, line: lines.length - 1, character: lines.at(-1)!.length };
}
