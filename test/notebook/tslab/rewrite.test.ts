import { describe, expect, it } from "vitest";
import { rewrite } from "../../../src/notebook/tslab/rewrite";

const earlier = "declare const network: number;\ndeclare let b: { network: number };\n";
const text = (source: string) => rewrite(source, earlier).source;

describe("rewrite", () => {
  it("a property's short form is written out where an earlier cell has the name", () => {
    expect(text("train({ network, other })")).toBe("train({ network: network, other })");
    expect(text("({ network = 1 } = b)")).toBe("({ network: network = 1 } = b)");
    expect(text("const f = () => ({ network, n: { network } })")).toBe(
      "const f = () => ({ network: network, n: { network: network } })",
    );
  });

  it("the key of a pattern is quoted, and that of an object is not", () => {
    expect(text("const { network: n } = b;")).toBe('const { "network": n } = b;');
    expect(text("const f = ({ network: n }) => n;")).toBe('const f = ({ "network": n }) => n;');
    expect(text("[{ network: n }] = [b];")).toBe('[{ "network": n }] = [b];');
    expect(text("for ({ network: n } of [b]) n;")).toBe('for ({ "network": n } of [b]) n;');
    expect(text("x = { network: 1 };")).toBe("x = { network: 1 };");
    expect(text("f({ network: 1 });")).toBe("f({ network: 1 });");
  });

  it("a cell that needs no rewriting is left as it is", () => {
    for (const source of [
      "const { network } = b;",
      "network.x",
      "let a: { network };",
      "// { network }",
      '"{ network }"',
      "",
    ])
      expect(text(source)).toBe(source);
  });

  it("an await outside all functions is found, whatever is awaited", () => {
    const awaits = (source: string) => rewrite(source, "").awaits;
    const inCell = [
      "for await (const x of y) x;",
      "if (a) { for await (const x of y) x; }",
      "for (const x of y) { await x; }",
    ];
    const operands = ["(x)", "[x]", "`x`", "/x/", "+x", "-x", "x", "async () => {}", "{}"].map((x) => `await ${x}`);
    for (const source of [
      ...inCell,
      ...operands,
      "class A { [await x] = 1; }",
      "class A { [await x]() {} }",
      "({ async [await x]() {} })",
    ]) {
      expect(rewrite(source, "").problems, source).toEqual([]);
      expect(awaits(source), source).toBe(true);
    }
    const inFunctions = [
      "const f = async () => { for await (const x of y) x; };",
      "class A { async m() { for await (const x of y) x; } }",
      "({ async *m() { await (x); } })",
      "'await x' // await x",
    ];
    for (const source of inFunctions) {
      expect(awaits(source), source).toBe(false);
      expect(rewrite(source, "").problems, source).toEqual([]);
    }
  });

  it("an await in a function or method that is not asynchronous is reported at its place", () => {
    for (const head of ["({ m() { ", "class A { m() { ", "async () => { () => { ", "class A { static { "]) {
      const [found, ...more] = rewrite(`${head}await x }}`, "").problems;
      expect(more).toEqual([]);
      expect(found).toMatchObject({ start: head.length, end: head.length + "await x".length });
    }
  });

  it("exports become declarations at the same places", () => {
    expect(text("export const x = 1;")).toBe("       const x = 1;");
    expect(text("export default class A {}")).toBe("               class A {}");
    expect(text("export { x,\n y }; 1")).toBe(`${" ".repeat(11)}\n${" ".repeat(6)}1`);
    for (const source of ['export * from "fs";', "export default 42;", "namespace N { export const x = 1; }"])
      expect(text(source)).toBe(source);
  });

  it("exports that would give later cells less than they say are refused", () => {
    const refused = (source: string) =>
      rewrite(source, "").problems.map(({ start, end, message }) => [source.slice(start, end), message]);
    const rename = (instead: string) => `A cell cannot export a name under another one. Write '${instead}' instead.`;
    expect(refused("export { a as b, c, d as d }")).toEqual([["a as b", rename("const b = a;")]]);
    expect(refused("export { type A as B }")).toEqual([["type A as B", rename("type B = A;")]]);
    expect(refused("export type { A as B }")).toEqual([["A as B", rename("type B = A;")]]);
    for (const source of ['export * from "fs"', 'export { a } from "fs"', 'export * as fs from "fs"']) {
      expect(refused(source)).toEqual([
        [source, "'export … from' gives no names to later cells. Use 'import' instead."],
      ]);
    }
    for (const source of ["export { a, b }", "export { a as default }", "export type { A }", "export {}"]) {
      expect(refused(source), source).toEqual([]);
    }
  });

  it("a var inside a statement is handed on, and no other variable is", () => {
    const source = "if (a) { var x = 1; var { y: [z] } = b; let u; } var v; function f() { var w; }";
    const { inner, source: changed } = rewrite(source, "");
    expect(inner).toEqual(["x", "z"]);
    expect(changed).toBe(source.replace("let u; }", "let u; }; void [x = x, z = z];"));
  });

  it("names that the code around a cell needs are refused", () => {
    const refused = (source: string) => rewrite(source, "").problems.map(({ start, end }) => source.slice(start, end));
    expect(refused("const exports = 1, { require } = x;")).toEqual(["exports", "require"]);
    expect(refused("function __f() {} class __A {}")).toEqual(["__f", "__A"]);
    expect(refused('import __d, { a as __b } from "c"; import * as __e from "e";')).toEqual(["__d", "__b", "__e"]);
    expect(refused("const f = (exports, __x) => { const require = 1; };")).toEqual([]);
  });

  it("every position in the rewritten code leads back to its place in the cell", () => {
    const source = "f({ network }); const { network: n } = b; const z: number = text;";
    const { source: changed, original } = rewrite(source, earlier);
    expect(changed).not.toBe(source);
    for (const word of ["f(", "{ network", "const {", "n }", "z:", "text"]) {
      expect(original(changed.indexOf(word)), word).toBe(source.indexOf(word));
    }
    expect(original(changed.length)).toBe(source.length);
  });
});
