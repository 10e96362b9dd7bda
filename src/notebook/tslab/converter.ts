/** tslab's converter of cells from TypeScript to JavaScript, given cells that it converts correctly. */
import * as ts from "@tslab/typescript-for-tslab";
import type { Converter, ConvertResult, Diagnostic, DiagnosticPos } from "tslab/dist/converter";
import { allDeclarations } from "./names";
import { type Problem, rewrite } from "./rewrite";

export function betterConverter(create: () => Converter): Converter {
  const createAnew = () => withOneTimer(create);
  let converter = createAnew();
  /** tslab's converter stops working if two files that it watches change at the wrong moment: then a new one is made. */
  function lasting<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Error && error.message === "Unexpected pending rebuildTimer")) throw error;
      converter.close();
      converter = createAnew();
      return action();
    }
  }
  return {
    convert: (declarations, source) => lasting(() => convert(converter, declarations, source)),
    inspect: (declarations, source, position) => lasting(() => converter.inspect(declarations, source, position)),
    complete: (declarations, source, position) => lasting(() => converter.complete(declarations, source, position)),
    addModule: (name, content, meta) => lasting(() => converter.addModule(name, content, meta)),
    close: () => converter.close(),
  };
}

/** The compiler's function that brings the program up to date. */
const UPDATE = "updateProgramWithWatchStatus";

/**
 * tslab has room for one timer, the compiler's next update, which it carries out itself before each cell. The compiler starts another one
 * when a package that it has not found may have been installed. An update looks for that package anyway, so the other timer is left out.
 */
function withOneTimer(create: () => Converter): Converter {
  const original = Object.getOwnPropertyDescriptor(ts.sys, "setTimeout")!;
  type Start = (callback: () => void, ...rest: unknown[]) => unknown;
  Object.defineProperty(ts.sys, "setTimeout", {
    configurable: true,
    // tslab makes an object from ts.sys and gives it a function of its own
    set(start: Start) {
      const value: Start = (callback, ...rest) => (callback.name === UPDATE ? start(callback, ...rest) : undefined);
      Object.defineProperty(this, "setTimeout", { value });
    },
  });
  try {
    return create();
  } finally {
    Object.defineProperty(ts.sys, "setTimeout", original);
  }
}

function convert(converter: Converter, declarations: string, source: string): ConvertResult {
  const { source: rewritten, awaits, inner, problems, original } = rewrite(source, declarations);
  if (problems.length > 0) return { diagnostics: problems.map((problem) => placed(source, problem)) };
  const converted = compiled(() => converter.convert(declarations, rewritten));
  if (converted === undefined) return { diagnostics: [placed(source, withoutType(source))] };
  const place = ({ offset }: DiagnosticPos): DiagnosticPos => position(source, original(offset));
  const inCell = (diagnostic: Diagnostic): Diagnostic =>
    diagnostic.fileName === undefined
      ? { ...diagnostic, start: place(diagnostic.start), end: place(diagnostic.end) }
      : diagnostic;
  return {
    ...converted,
    diagnostics: converted.diagnostics.map(inCell),
    declOutput: allDeclarations(declarations, converted.declOutput ?? "", inner),
    hasToplevelAwait: converted.hasToplevelAwait || awaits,
  };
}

/** What the compiler makes of a cell; undefined if it breaks down over a declared value whose type has no name outside its package. */
function compiled(convert: () => ConvertResult): ConvertResult | undefined {
  try {
    return convert();
  } catch (error) {
    if (error instanceof Error && error.message.includes("Paths must either both be absolute or both be relative"))
      return undefined;
    throw error;
  }
}

const withoutType = (source: string): Problem => ({
  start: 0,
  end: source.length,
  message:
    "the type of a value that this cell declares has no name outside its package, so no other cell can know it; give the value a type, as in `const x: any = …`",
});

const placed = (source: string, { start, end, message }: Problem): Diagnostic => ({
  start: position(source, start),
  end: position(source, end),
  messageText: message,
  category: ts.DiagnosticCategory.Error,
  code: 0,
});

/** Line and character of an offset, from 0. */
function position(source: string, offset: number): DiagnosticPos {
  const lines = source.slice(0, offset).split("\n");
  return { offset, line: lines.length - 1, character: lines.at(-1)!.length };
}
