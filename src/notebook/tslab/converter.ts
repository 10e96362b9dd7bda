/** tslab's converter of cells from TypeScript to JavaScript, fed with cells that it gets right. */
import type { Converter, ConvertResult, Diagnostic, DiagnosticPos } from "tslab/dist/converter";
import { rewrite } from "./rewrite";

/**
 * tslab forgets what a cell that fails has declared. Here it is kept once the cell has been converted, so that the numbers that
 * an interrupted loop has gathered can be looked at.
 */
export function betterConverter(create: () => Converter): Converter {
  let converter = create();
  let kept: string | undefined;
  /** tslab's converter is of no use any more once two files that it watches have changed at the wrong moment: a new one is made. */
  function lasting<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Error && error.message === "Unexpected pending rebuildTimer")) throw error;
      converter.close();
      converter = create();
      return action();
    }
  }
  return {
    convert(declarations, source) {
      const converted = lasting(() => convert(converter, kept ?? declarations, source));
      if (converted.diagnostics.length === 0) kept = converted.declOutput ?? "";
      return converted;
    },
    inspect: (declarations, source, position) =>
      lasting(() => converter.inspect(kept ?? declarations, source, position)),
    complete: (declarations, source, position) =>
      lasting(() => converter.complete(kept ?? declarations, source, position)),
    addModule: (name, content, meta) => lasting(() => converter.addModule(name, content, meta)),
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
