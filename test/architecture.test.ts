/** The rules of the source tree: imports run downwards, through a folder's index, without cycles; files are short. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../src/util";

const ORDER = [
  "util",
  "formats",
  "ir",
  "ops",
  "autodiff",
  "engines",
  "nn",
  "optim",
  "data",
  "train",
  "runs",
  "experiments",
  "figures",
  "views",
  "explore",
  "notebook",
  "cluster",
  "cli",
];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
}

/** Every module that a source file names: static and dynamic imports, re-exports, require and import types. */
function importsOf(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (to: ts.Node | undefined, typeOnly: boolean) => {
    if (to && ts.isStringLiteralLike(to)) found.push({ from, to: to.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || allTypes(node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isCallExpression(node) && isLoader(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest));
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (!clause.name && allTypes(clause.namedBindings));
}

const allTypes = (bindings: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean =>
  bindings !== undefined &&
  (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) &&
  bindings.elements.length > 0 &&
  (bindings.elements as ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier>).every((element) => element.isTypeOnly);

/** import(…), require(…), require.resolve(…) */
const isLoader = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(callee) && callee.text === "require") ||
  (ts.isPropertyAccessExpression(callee) && callee.name.text === "resolve" && isLoader(callee.expression));

interface Source {
  /** Relative to the project, with forward slashes: src/ops/add.ts. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

function sourcesBelow(folder: string): Source[] {
  const names = readdirSync(join(projectRoot, folder), { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.[cm]?tsx?$/.test(name))
    .map((name) => {
      const path = [folder, ...name.split(sep)].join("/");
      const text = readFileSync(join(projectRoot, path), "utf8");
      return { path, text, imports: importsOf(path, text) };
    });
}

const src = sourcesBelow("src");
const paths = new Set(src.map(({ path }) => path));

/** The file below src/ that a relative import means, or undefined if there is none. Files of pages for browsers are modules, .mts. */
function target({ from, to }: Import): string | undefined {
  const base = relative(projectRoot, resolve(projectRoot, dirname(from), to.replace(/\.m?js$/, "")))
    .split(sep)
    .join("/");
  return [`${base}.ts`, `${base}.mts`, `${base}/index.ts`].find((path) => paths.has(path));
}

const isRelative = ({ to }: Import) => to.startsWith(".");
/** "ops" for src/ops/add.ts, and "" for src/index.ts, which stands on top. */
const folderOf = (path: string) => (path.split("/").length > 2 ? path.split("/")[1]! : "");
const rank = (folder: string) => (folder === "" ? ORDER.length : ORDER.indexOf(folder));
const arrow = (x: Import) => `${x.from} → ${x.to}`;

const local = src.flatMap(({ imports }) => imports.filter(isRelative));
const across = local.filter((x) => target(x) !== undefined && folderOf(x.from) !== folderOf(target(x)!));

describe("imports in src/", () => {
  it("every relative import in src/ leads to a file in src/", () => {
    expect(local.filter((x) => target(x) === undefined).map(arrow)).toEqual([]);
  });

  it("every folder in src/ has a place in the order", () => {
    expect([...new Set(src.map(({ path }) => folderOf(path)))].filter((folder) => rank(folder) < 0)).toEqual([]);
  });

  it("imports go downwards in the order of the folders", () => {
    const upwards = across.filter((x) => rank(folderOf(target(x)!)) >= rank(folderOf(x.from)));
    expect(upwards.map(arrow)).toEqual([]);
  });

  it("imports enter another folder through its index only", () => {
    const aside = across.filter((x) => target(x) !== `src/${folderOf(target(x)!)}/index.ts`);
    expect(aside.map(arrow)).toEqual([]);
  });

  it("an experiment imports from the folders that all share, and from no other experiment", () => {
    const roomOf = (path: string) => /^src\/experiments\/([^/]+)\//.exec(path)?.[1] ?? "";
    // the search and the causal test are trainings
    const allowed = ["common", "gradient-pairs", "learning-rate-search → training", "harm → training"];
    const siblings = local.filter((x) => {
      const [from, to] = [roomOf(x.from), roomOf(target(x)!)];
      return from !== "" && to !== "" && from !== to && !allowed.includes(to) && !allowed.includes(`${from} → ${to}`);
    });
    expect(siblings.map(arrow)).toEqual([]);
  });

  it("the public index lists each folder once, in the order of the folders", () => {
    const sections = src.find(({ path }) => path === "src/index.ts")!.imports.map((x) => folderOf(target(x)!));
    // what the command line alone needs is not public
    expect(sections).toEqual(ORDER.filter((folder) => !["cluster", "cli"].includes(folder)));
  });

  it("files do not import each other in a cycle when the program runs", () => {
    const edges = new Map<string, string[]>();
    for (const x of local.filter(({ typeOnly }) => !typeOnly)) {
      edges.set(x.from, [...(edges.get(x.from) ?? []), target(x)!]);
    }
    expect(cycle([...paths], edges)).toBeUndefined();
  });
});

/** The files of a cycle, its first one again at the end; undefined if there is none. */
function cycle(files: readonly string[], edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const search = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of edges.get(file) ?? []) {
      const found = search(next, [...trail, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const found = search(file, []);
    if (found) return found;
  }
  return undefined;
}

/** Packages of which the copy that a dependency brings along is loaded, so that they are no dependencies of their own. */
const TYPES_FROM = { zeromq: "tslab" };

describe("packages", () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8"));
  const declared = (...kinds: string[]) => new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})));

  /** "@scope/name" of "@scope/name/path". */
  const packageOf = (specifier: string) =>
    specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");

  const undeclared = (sources: readonly Source[], known: ReadonlySet<string>) =>
    sources
      .flatMap(({ imports }) => imports)
      .filter((x) => !isRelative(x) && !x.to.startsWith("node:") && !known.has(packageOf(x.to)))
      .map(arrow);

  it("every package that src/ imports is a dependency", () => {
    const direct = declared("dependencies", "peerDependencies");
    expect(undeclared(src, new Set([...direct, ...Object.keys(TYPES_FROM)]))).toEqual([]);
  });

  it.each(Object.entries(TYPES_FROM))("the package %s gives its types only, and comes with %s", (name, dependency) => {
    const users = src.flatMap(({ imports }) => imports.filter(({ to }) => packageOf(to) === name));
    expect(users.filter(({ typeOnly }) => !typeOnly)).toEqual([]);
    const carrier = join(projectRoot, "node_modules", dependency, "package.json");
    expect(Object.keys(JSON.parse(readFileSync(carrier, "utf8")).dependencies)).toContain(name);
    expect(declared("dependencies")).toContain(dependency);
  });

  it("every package that tests import is declared", () => {
    expect(undeclared(sourcesBelow("test"), declared("dependencies", "devDependencies"))).toEqual([]);
  });

  it("every module of Node is imported with the prefix node:", () => {
    const bare = src.flatMap(({ imports }) => imports.filter(({ to }) => builtinModules.includes(to)));
    expect(bare.map(arrow)).toEqual([]);
  });
});

describe("files", () => {
  it("no file has more than 400 lines", () => {
    const long = [...src, ...sourcesBelow("test")].filter(({ text }) => text.split("\n").length > 401);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe("this test", () => {
  it("every form of import is seen", () => {
    const text = `
      import a, { type B } from "value";
      import "effect";
      import type { C } from "type";
      import { type D, type E } from "types";
      import F = require("equals");
      export { g } from "again";
      export type { H } from "again type";
      export * from "all";
      const i = () => import("dynamic");
      const j = require("required");
      const k = require.resolve("resolved");
      type L = typeof import("import type");
      // import "comment"; "import 'string'"
    `;
    const seen = importsOf("x.ts", text).map(({ to, typeOnly }) => (typeOnly ? `type ${to}` : to));
    expect(seen).toEqual([
      "value",
      "effect",
      "type type",
      "type types",
      "equals",
      "again",
      "type again type",
      "all",
      "dynamic",
      "required",
      "resolved",
      "type import type",
    ]);
  });

  it("a cycle is found", () => {
    const edges = new Map([
      ["a", ["b"]],
      ["b", ["c", "d"]],
      ["d", ["b"]],
    ]);
    expect(cycle(["a", "b", "c", "d"], edges)).toEqual(["b", "d", "b"]);
    expect(cycle(["a", "c"], new Map([["a", ["c"]]]))).toBeUndefined();
  });
});
