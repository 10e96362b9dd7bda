import { describe, expect, it } from "vitest";
import { rewrite } from "../../../src/notebook/tslab/rewrite";

const earlier = "declare const network: number;\ndeclare let b: { network: number };\n";
const text = (source: string) => rewrite(source, earlier).source;

describe("rewrite", () => {
  it("writes the short form of a property out where an earlier cell has the name", () => {
    expect(text("train({ network, other })")).toBe("train({ network: network, other })");
    expect(text("({ network = 1 } = b)")).toBe("({ network: network = 1 } = b)");
    expect(text("const f = () => ({ network, n: { network } })")).toBe(
      "const f = () => ({ network: network, n: { network: network } })",
    );
  });

  it("quotes the key of a pattern, not that of an object", () => {
    expect(text("const { network: n } = b;")).toBe('const { "network": n } = b;');
    expect(text("const f = ({ network: n }) => n;")).toBe('const f = ({ "network": n }) => n;');
    expect(text("[{ network: n }] = [b];")).toBe('[{ "network": n }] = [b];');
    expect(text("for ({ network: n } of [b]) n;")).toBe('for ({ "network": n } of [b]) n;');
    expect(text("x = { network: 1 };")).toBe("x = { network: 1 };");
    expect(text("f({ network: 1 });")).toBe("f({ network: 1 });");
  });

  it("leaves every other cell as it is", () => {
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

  it("finds a for await outside all functions", () => {
    const awaits = (source: string) => rewrite(source, "").awaits;
    expect(awaits("for await (const x of y) x;")).toBe(true);
    expect(awaits("if (a) { for await (const x of y) x; }")).toBe(true);
    expect(awaits("for (const x of y) { await x; }")).toBe(false);
    expect(awaits("const f = async () => { for await (const x of y) x; };")).toBe(false);
    expect(awaits("class A { async m() { for await (const x of y) x; } }")).toBe(false);
  });

  it("leads every position back to the cell's", () => {
    const source = "f({ network }); const { network: n } = b; const z: number = text;";
    const { source: changed, original } = rewrite(source, earlier);
    expect(changed).not.toBe(source);
    for (const word of ["f(", "{ network", "const {", "n }", "z:", "text"]) {
      expect(original(changed.indexOf(word)), word).toBe(source.indexOf(word));
    }
    expect(original(changed.length)).toBe(source.length);
  });
});
