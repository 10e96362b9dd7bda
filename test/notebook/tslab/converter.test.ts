import type { Converter, ConvertResult } from "tslab/dist/converter";
import { expect, it } from "vitest";
import { betterConverter } from "../../../src/notebook/tslab/converter";

it("a converter that has broken down is replaced, and any other error is passed on", () => {
  let made = 0;
  let closed = 0;
  const create = () => {
    const number = ++made;
    const convert = (_: string, source: string): ConvertResult => {
      if (source === "other") throw new Error("other");
      if (number === 1) throw new Error("Unexpected pending rebuildTimer");
      return { diagnostics: [], output: `${number}: ${source}`, declOutput: "" };
    };
    return { convert, close: () => void closed++ } as unknown as Converter;
  };
  const converter = betterConverter(create);
  expect(converter.convert("", "1 + 1").output).toBe("2: 1 + 1");
  expect([made, closed]).toEqual([2, 1]);
  expect(() => converter.convert("", "other")).toThrow("other");
  expect(made).toBe(2);
});
