import { describe, expect, it } from "vitest";
import { sumOfRanges } from "../../src/cli/notebook-times";
import { smallestExample } from "../../src/cli/smallest-example";
import { dataText, pathsText } from "../../src/cli/written";
import { alignedTable, formatRange, wrap, wrapLine } from "../../src/util";

it("the smallest example depends on ReLU'(0) exactly where its sum is rounded to 0", async () => {
  const [half, single, double] = await smallestExample();
  // by JavaScript's own arithmetic, in 32 and 64 bits
  const f = Math.fround;
  expect(single).toEqual({ bits: 32, sum: f(f(f(0.1) + f(0.2)) - f(0.3)), derivatives: [0, 1] });
  expect(double).toEqual({ bits: 64, sum: 0.1 + 0.2 - 0.3, derivatives: [1, 1] });
  expect([single!.sum, double!.sum > 0]).toEqual([0, true]);
  // 0.1 and 0.2 are rounded down to multiples of 2^-14 and 2^-13, 0.3 up to one of 2^-12
  expect(half).toEqual({ bits: 16, sum: -(2 ** -12), derivatives: [0, 0] });
});

describe("text", () => {
  it("text is broken at the width, and words stay whole", () => {
    expect(wrap("one two three\nfour", { width: 8 })).toBe("one two\nthree\nfour");
    expect(wrap("one two three", { width: 8, indent: 2 })).toBe("  one\n  two\n  three");
    expect(wrap("a-word-that-is-longer is whole", { width: 8 })).toBe("a-word-that-is-longer\nis whole");
  });

  it("a line of a list is broken only on a terminal, and continues with a deeper indent", () => {
    expect(wrapLine("  name: one two three", 0, {})).toBe("  name: one two three");
    // some terminals in containers say that they have no columns
    expect(wrapLine("  name: one two three", 0, { columns: 0 })).toBe("  name: one two three");
    expect(wrapLine("name: one two three", 2, { columns: 16 })).toBe("  name: one\n      two three");
    expect(wrapLine("  name: one two three", 0, { columns: 16 })).toBe("  name: one\n      two three");
  });

  it("the columns of a table are aligned to the right", () => {
    expect(alignedTable(["a", "bcd"], [["10", "1"]])).toBe("   a  bcd\n  10    1");
  });

  it("a range of times is rounded as an estimate deserves", () => {
    expect(formatRange([62, 118])).toBe("1 min to 2 min");
    expect(formatRange([2000, 4000])).toBe("35 min to 1 h 5 min");
    expect(formatRange([3.2, 3.4])).toBe("3 s");
    expect(formatRange([0.12, 0.4])).toBe("0.12 s to 0.4 s");
    expect(formatRange([0, 0])).toBe("0 s");
    expect(formatRange([58_000, 30_758_400])).toBe("16 h to 356 d");
    expect(
      sumOfRanges([
        [1, 2],
        [10, 20],
      ]),
    ).toEqual([11, 22]);
  });

  it("synthetic data are named, with the command that fetches the real ones", () => {
    expect(dataText(["cifar10"])).toBe("data: cifar10");
    expect(dataText(["colour-glyphs"])).toMatch(
      /^data: colour-glyphs, which .* cifar10\nHint: npx nonsmooth data fetch cifar10$/,
    );
  });

  it("paths that differ only in their ending are joined", () => {
    expect(pathsText(["/a/x.svg", "/a/y.csv", "/a/x.png", "/a/y.csv"])).toEqual(["/a/x.{svg,png}", "/a/y.csv"]);
  });
});
