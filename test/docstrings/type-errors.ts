/** What the compiler says of examples, all in one program. */
import { join } from "node:path/posix";
import ts from "typescript";
import { projectRoot } from "../../src/util";
import { compilerOptions, type Example } from "./public-names";

export function typeErrors(examples: readonly Example[]): string[] {
  const folder = join(projectRoot, "test", "docstrings", "in-memory");
  const codes = new Map(examples.map(({ name, code }) => [join(folder, `${name.replace(" ", "-")}.mts`), code]));
  const host = ts.createCompilerHost(compilerOptions);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => codes.has(file) || fileExists(file);
  host.readFile = (file) => codes.get(file) ?? readFile(file);
  const program = ts.createProgram([...codes.keys()], compilerOptions, host);
  return [...codes.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!;
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map((diagnostic) => words(file, diagnostic));
  });
}

function words(file: ts.SourceFile, { start, messageText }: ts.Diagnostic): string {
  const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
  const name = file.fileName.split("/").at(-1)!.replace(".mts", "");
  return `${name}, line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}
