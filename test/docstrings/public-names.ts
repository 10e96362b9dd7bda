/** The public names that are values, with the examples in their docstrings, as the compiler finds them in the build. */
import { relative, sep } from "node:path";
import { join } from "node:path/posix";
import ts from "typescript";
import { projectRoot } from "../../src/util";
import { requireBuild } from "../notebook/support";

export interface PublicName {
  readonly name: string;
  /** The folder of src/ that it comes from. */
  readonly folder: string;
  /** The documentation without its tags. */
  readonly description: string;
  readonly examples: readonly Example[];
}

export interface Example {
  /** "relu", or "relu 2" for the second of a name. */
  readonly name: string;
  readonly code: string;
}

const root = join(projectRoot.split(sep).join("/"), "dist", "index.d.ts");

/** Those of the project, as strict, with modules that may wait at their top. */
export const compilerOptions: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(projectRoot, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    projectRoot,
  ).options,
  incremental: false,
};

export function publicNames(): PublicName[] {
  requireBuild();
  const program = ts.createProgram([root], compilerOptions);
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(root)!)!);
  return exported.flatMap((symbol) => {
    const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (!(meant.flags & ts.SymbolFlags.Value)) return [];
    const file = meant.declarations![0]!.getSourceFile().fileName;
    const folder = relative(join(projectRoot, "dist"), file).split(sep)[0]!;
    const description = ts.displayPartsToString(meant.getDocumentationComment(checker));
    return [{ name: symbol.name, folder, description, examples: examplesOf(symbol.name, meant, checker) }];
  });
}

function examplesOf(name: string, symbol: ts.Symbol, checker: ts.TypeChecker): Example[] {
  const tags = symbol.getJsDocTags(checker).filter((tag) => tag.name === "example");
  const blocks = tags.flatMap((tag) => [...ts.displayPartsToString(tag.text).matchAll(/```ts\n([\s\S]*?)```/g)]);
  return blocks.map(([, code], i) => ({ name: i === 0 ? name : `${name} ${i + 1}`, code: code! }));
}
