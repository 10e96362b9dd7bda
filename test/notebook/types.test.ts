/**
 * Notebooks are checked by the TypeScript 5.0 inside tslab, where newer syntax in a declaration file turns silently into `any`.
 * So the whole public list is read with that compiler, under its settings made strict.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configKeys, presetNames, zeros } from "../../src/experiments";
import { networkNames } from "../../src/nn";
import { projectRoot } from "../../src/util";
import { memoryHost, ts, tslabOptions } from "../helpers/cell-types";
import { requireBuild } from "./support";

type Type = import("typescript").Type;
type Node = import("typescript").Node;

const script = `
import * as nonsmooth from "nonsmooth";
import { formatDuration, interruptible, progressReporter, show, showTable } from "nonsmooth";
const text: string = formatDuration(1);
const reporter = progressReporter({ title: text });
const answer: Promise<number> = interruptible(async (signal: AbortSignal) => { signal.throwIfAborted(); return 42; });
showTable([{ a: 1, b: "x" }], { limit: 3, caption: text });
show({ data: [{ y: [1, 2] }], title: text });
show({ data: [], layout: { xaxis: { title: text } } }, { theme: "dark", live: true });
export const shown: Promise<void> = show({ name: "f", title: "T", alt: "A", caption: "", data: [], layout: {}, table: [] });
reporter.update({ done: 1, total: 2, unit: "runs" });
export { answer, nonsmooth };
`;

// as tslab sets them, but strict
const options: import("typescript").CompilerOptions = { ...tslabOptions, skipLibCheck: false, strict: true };

const dist = join(projectRoot, "dist");
const index = join(dist, "index.d.ts");
const main = join(projectRoot, "notebooks", "in-memory.ts");

/** Compiles files that exist in memory only; they may import those on disk. */
function compile(files: Readonly<Record<string, string>>) {
  requireBuild();
  const host = memoryHost(new Map(Object.entries(files)), options);
  const program = ts.createProgram(Object.keys(files), options, host);
  return { program, checker: program.getTypeChecker() };
}

const isOurs = (name: string) => name.startsWith(dist);

/** Paths, such as `Stream.normal()`, of everything typed `any` that a module exports. */
function exportedAny({ program, checker }: ReturnType<typeof compile>, module: string): string[] {
  const found: string[] = [];
  const seen = new Set<Type>();
  const entry = program.getSourceFile(module)!;

  const visit = (type: Type, path: string, place: Node): void => {
    if (type.flags & ts.TypeFlags.Any) found.push(path);
    if (seen.has(type)) return;
    seen.add(type);
    if (type.isUnionOrIntersection()) for (const part of type.types) visit(part, path, place);
    for (const [i, part] of checker.getTypeArguments(type as never)?.entries() ?? [])
      visit(part, `${path}<${i}>`, place);
    for (const [i, part] of type.aliasTypeArguments?.entries() ?? []) visit(part, `${path}<${i}>`, place);
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      const owner = signature.getDeclaration();
      if (!owner || !isOurs(owner.getSourceFile().fileName)) continue;
      visit(signature.getReturnType(), `${path}()`, place);
      for (const parameter of signature.getParameters()) {
        visit(checker.getTypeOfSymbolAtLocation(parameter, place), `${path}(${parameter.name})`, place);
      }
    }
    for (const { type: element, declaration } of checker.getIndexInfosOfType(type)) {
      // danfo's frames have an index signature of their own
      const file = declaration?.getSourceFile();
      if (!file || isOurs(file.fileName) || program.isSourceFileDefaultLibrary(file))
        visit(element, `${path}[]`, place);
    }
    for (const member of type.getProperties()) {
      const declaration = member.valueDeclaration ?? member.declarations?.[0];
      // a private member's type is not written into the declaration file
      const modifiers = declaration ? ts.getCombinedModifierFlags(declaration as never) : 0;
      if (!declaration || !isOurs(declaration.getSourceFile().fileName) || modifiers & ts.ModifierFlags.Private)
        continue;
      visit(checker.getTypeOfSymbolAtLocation(member, place), `${path}.${member.name}`, place);
    }
  };

  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(entry)!)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (symbol.flags & ts.SymbolFlags.Value)
      visit(checker.getTypeOfSymbolAtLocation(symbol, entry), exported.name, entry);
    if (symbol.flags & ts.SymbolFlags.Type) visit(checker.getDeclaredTypeOfSymbol(symbol), exported.name, entry);
  }
  return found;
}

const compiled = compile({ [main]: script });
const message = (error: import("typescript").Diagnostic) =>
  `${error.file?.fileName}: ${ts.flattenDiagnosticMessageText(error.messageText, "\n")}`;

it("the compiler in tslab is TypeScript 5.0", () => expect(ts.version).toMatch(/^5\.0\./));

it("a strict script that imports the package has no error", () => {
  const { program } = compiled;
  const file = program.getSourceFile(main);
  const errors = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  expect(errors.map(message)).toEqual([]);
});

it("the package's declarations have no error", () => {
  const { program } = compiled;
  const files = program.getSourceFiles().filter((file) => isOurs(file.fileName));
  expect(files.map((file) => file.fileName)).toContain(index);
  const errors = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  expect(errors.map(message)).toEqual([]);
});

it("nothing that the package exports has the type any", () => expect(exportedAny(compiled, index)).toEqual([]));

/** What is offered where a cell's text ends, as tslab asks for it: not strict. */
function completions(source: string): string[] {
  requireBuild();
  const cell = join(projectRoot, "notebooks", "cell.ts");
  const host: import("typescript").LanguageServiceHost = {
    getCompilationSettings: () => ({ ...options, strict: false }),
    getScriptFileNames: () => [cell],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const text = name === cell ? source : ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => projectRoot,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (name) => name === cell || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
  };
  const found = ts.createLanguageService(host).getCompletionsAtPosition(cell, source.length, {});
  return (found?.entries ?? []).map(({ name }) => name);
}

describe("completion", () => {
  it("completion offers the names of networks", () => {
    const offered = completions('import { createNetwork } from "nonsmooth";\ncreateNetwork("');
    expect(offered.sort()).toEqual([...networkNames].sort());
  });

  it.each(["runInNotebook", "runExperiment"])("completion offers the keys of an experiment to %s", (run) => {
    const offered = completions(`import { ${run}, zeros } from "nonsmooth";\n${run}(zeros, { set: { `);
    expect(offered).toEqual(expect.arrayContaining(configKeys(zeros)));
    expect(offered).not.toContain("saveWeights");
  });

  it("completion offers the names of presets", () => {
    const offered = completions('import { runInNotebook, zeros } from "nonsmooth";\nrunInNotebook(zeros, { preset: "');
    expect(offered.sort()).toEqual([...presetNames].sort());
  });
});

describe("the settings of a run", () => {
  const errors = (set: string, before = "") => {
    const source = `import { runInNotebook, zeros, experiment, createNetwork } from "nonsmooth";\n${before}
      export const run = () => runInNotebook(zeros, { set: ${set} });
      export const other = () => runInNotebook(experiment("zeros"), { set: { whatever: 1 } });
      export const network = (name: string) => createNetwork(name, { inputShape: [1, 1, 1], classes: 2 });`;
    const { program } = compile({ [main]: source });
    return program.getSemanticDiagnostics(program.getSourceFile(main)).map(message);
  };

  it.each([
    ["values", "{ epochs: 2, precisions: [32], dataset: 'glyphs', images: null }", ""],
    ["lists from elsewhere, whose literals are lost", "{ precisions }", "const precisions = [16, 32];"],
    ["a path into an object", "{ 'schedule.kind': 'step' }", ""],
  ])("a run's settings may hold %s", (_, set, before) => expect(errors(set, before)).toEqual([]));

  it("a wrong key or a wrong kind of value in a run's settings is a type error", () => {
    expect(errors("{ epoch: 2 }")).toEqual([expect.stringContaining("epoch")]);
    expect(errors("{ epochs: 'two' }")).toEqual([expect.stringContaining("'string' is not assignable")]);
  });
});

it("every planted any is found", () => {
  const planted = join(dist, "planted.d.ts");
  const source = `
    import type { Missing } from "no-such-package";
    export declare const value: any;
    export declare function call(options: { readonly deep?: (x: number) => any }): Promise<Missing>;
    export declare class Holder { private hidden; shown: readonly unknown[]; list: any[]; }
    export type Table = { [key: string]: any };
    export interface Fine { readonly map: ReadonlyMap<string, unknown>; again?: Fine }`;
  expect(exportedAny(compile({ [planted]: source }), planted).sort()).toEqual([
    "Holder.list<0>",
    "Holder.list[]",
    "Table[]",
    "call()<0>",
    "call(options).deep()",
    "value",
  ]);
});
