/** What the TypeScript inside tslab says of cells' types, without running them. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { tslabFile } from "../../src/notebook/paths";
import { projectRoot } from "../../src/util";
import { requireBuild } from "../notebook/support";

export const ts = createRequire(tslabFile("package.json"))(
  "@tslab/typescript-for-tslab",
) as typeof import("typescript");

/** As tslab sets them. */
export const tslabOptions: import("typescript").CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: 2, // node10
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  typeRoots: [join(projectRoot, "node_modules", "@types")],
  types: ["node"],
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
};

/** A compiler host in which some files exist in memory only, by their paths; they may import those on disk. */
export function memoryHost(codes: ReadonlyMap<string, string>, options: import("typescript").CompilerOptions) {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => codes.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const code = codes.get(file);
    return code === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true);
  };
  return host;
}

/** The errors of modules in notebooks/ that exist in memory only, by their names without an ending. */
export function typeErrors(modules: Readonly<Record<string, string>>): Record<string, string[]> {
  requireBuild();
  const path = (name: string) => join(projectRoot, "notebooks", `${name}.ts`);
  const codes = new Map(Object.entries(modules).map(([name, code]) => [path(name), code]));
  const program = ts.createProgram([...codes.keys()], tslabOptions, memoryHost(codes, tslabOptions));
  return Object.fromEntries(
    Object.keys(modules).map((name) => {
      const file = program.getSourceFile(path(name));
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
}
