import { expect, it } from "vitest";
import { allDeclarations } from "../../../src/notebook/tslab/names";

const words = (text: string) => text.replace(/\s+/g, " ").trim();

it("a namespace stays until its name is declared anew", () => {
  const earlier = "declare const a: number;\ndeclare namespace N {\n  const y = 2;\n}\n";
  expect(words(allDeclarations(earlier, "declare let b: string;\n", []))).toBe(
    "declare let b: string; declare namespace N { const y = 2; }",
  );
  for (const anew of [
    "declare const N = 1;",
    "declare class N {}",
    'import { N } from "n";',
    "declare namespace N {}",
  ]) {
    expect(words(allDeclarations(earlier, anew, []))).toBe(anew);
  }
});

it("a var inside a statement is declared, unless tslab has done so", () => {
  expect(words(allDeclarations("", "declare var x: number;", ["x", "y", "y"]))).toBe(
    "declare var x: number; declare let y: any;",
  );
});
