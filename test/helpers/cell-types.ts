/** What the TypeScript inside tslab says of cells' types, without running them. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { tslabFile } from "../../src/notebook/paths";
import { projectRoot } from "../../src/util";
import { requireBuild } from "../notebook/support";

const ts = createRequire(tslabFile("package.json"))("@tslab/typescript-for-tslab") as typeof import("typescript");

// as tslab sets them
const options: import("typescript").CompilerOptions = {
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

/** The errors of modules in notebooks/ that exist in memory only, by their names without an ending. */
export function typeErrors(modules: Readonly<Record<string, string>>): Record<string, string[]> {
  requireBuild();
  const path = (name: string) => join(projectRoot, "notebooks", `${name}.ts`);
  const codes = new Map(Object.entries(modules).map(([name, code]) => [path(name), code]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => codes.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const code = codes.get(file);
    return code === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...codes.keys()], options, host);
  return Object.fromEntries(
    Object.keys(modules).map((name) => {
      const file = program.getSourceFile(path(name));
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
}
