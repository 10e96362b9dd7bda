/** What the page of `nonsmooth explore` computes, without a browser. */
import { describe, expect, it } from "vitest";
import { cellText, csv, decode, sorted } from "../../src/explore/page/cells.mjs";
import { type Filtered, filterOf } from "../../src/explore/page/filter.mjs";
import { chosen, draw, keysIn, rangeOf, usualAxes, valuesIn } from "../../src/explore/page/series.mjs";
import { fromHash, initial, type State, toHash } from "../../src/explore/page/state.mjs";
import { type Cell, decode as decodeRows, encode, type Row, toCsv } from "../../src/runs";
import { trainingRows } from "./made-up";

describe("cells", () => {
  it("what the library writes is read as the library reads it, and saved as it saves it", () => {
    const rows = [
      { a: Number.NaN, b: -0, c: "NaN", d: "\\Infinity", e: [1, Number.POSITIVE_INFINITY], f: null, g: true, h: "" },
      { a: 1.5, b: 0, c: 'x,"y"', d: "", e: [], f: 1, g: false, h: "line\nline" },
    ];
    const text = encode(rows);
    expect(decode(text)).toEqual(decodeRows(text));
    expect(decode(text)).toEqual(rows);
    const plain = rows.map(({ e: _list, ...row }) => row);
    expect(csv(Object.keys(plain[0]!), plain)).toBe(toCsv(plain));
  });

  it("numbers are ordered by size, then NaN, then texts by their numbers; null is last in both directions", () => {
    const rows = ["b10", null, Number.NaN, 2, "b9", -1].map((x) => ({ x }));
    const order = (sort: string) => sorted<{ x: Cell }>(rows, sort, (row) => row.x).map(({ x }) => x);
    expect(order("x")).toEqual([-1, 2, Number.NaN, "b9", "b10", null]);
    expect(order("-x")).toEqual(["b10", "b9", Number.NaN, 2, -1, null]);
    expect(order("")).toEqual(rows.map(({ x }) => x));
  });
});

describe("a filter", () => {
  const cells: Row = { precisions: [16, 32], testAccuracy: 0.25, status: "Done", lr: 0.01, x: Number.NaN, none: null };
  const item: Filtered = { text: "training vgg11 Done", cell: (name) => cells[name] };

  it.each([
    ["", true],
    ["VGG done", true],
    ["resnet", false],
    ["-resnet vgg", true],
    ["-vgg", false],
    ["-", true],
    ["status=done", true],
    ["status!=done", false],
    ["lr=1e-2", true],
    ["testAccuracy>0.2 testAccuracy<=0.25", true],
    ["testAccuracy>0.25", false],
    ["testAccuracy>", false],
    ["precisions=16", true],
    ["precisions=64", false],
    ["x=NaN", true],
    ["x>0", false],
    ["none=", true],
    ["missing=1", false],
    ["missing>0", false],
  ])("%j: %s", (words, passes) => {
    expect(filterOf(words)(item)).toBe(passes);
  });
});

describe("an address", () => {
  it("the first view has an empty one, and any other view is read back from its own", () => {
    expect(toHash(initial)).toBe("");
    expect(fromHash("")).toEqual(initial);
    const state: State = {
      ...initial,
      ...{ view: "curves", runs: ["training/0123", "zeros/4567"], filter: "a=1 & b#", sort: "", value: "0.5" },
      only: { precision: ["16", "mixed"], label: ["CIFAR-10, JPEG copy", "a\\b"] },
    };
    const hash = toHash(state);
    expect(hash).toContain("runs=training/0123,zeros/4567");
    expect(fromHash(`#${hash}`)).toEqual(state);
  });

  it("what cannot be read in it is left out", () => {
    expect(fromHash("#view=nothing&only=1&strange=2&__proto__=3&runs=")).toEqual(initial);
  });
});

describe("curves", () => {
  const rows = [0, 1].flatMap((seed) => trainingRows(seed).map((row) => ({ run: `run${seed}`, ...row })));
  const keys = keysIn(rows, ["precision", "value", "trial", "epoch", "absent"]);
  const axes = { x: "epoch", y: "testAccuracy", color: "value", keys, mean: false };

  it("a training is drawn by epoch, a line for each run and trial, a colour for each value of ReLU'(0)", () => {
    expect(usualAxes(rows, keys)).toEqual({ x: "epoch", y: "testAccuracy", color: "value" });
    const { groups, joined } = draw(rows, axes);
    expect(joined).toBe(true);
    expect(groups.map(({ cell, lines }) => [cell, lines])).toEqual([0, 0.5, 1, 10, 100].map((value) => [value, 2]));
    // lines end with a gap
    expect(groups[0]!.x).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, null, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, null]);
    expect(groups[0]!.text[0]).toBe("run run0, precision 16, trial 0");
  });

  it("trials are averaged where that is asked for, those of a run only", () => {
    const two = [0, 1].map((trial) => ({ run: "a", trial, epoch: 1, value: 0, testAccuracy: trial / 2 }));
    const { groups } = draw(two, { ...axes, keys: keysIn(two, []), mean: true });
    expect(groups).toMatchObject([{ x: [1, null], y: [0.25, null], lines: 1 }]);
  });

  it("rows without a number are left out, and points that x does not order stand alone", () => {
    const some: Row[] = [
      { run: "a", name: "p", y: 1 },
      { run: "a", name: "q", y: null },
      { run: "a", name: "r", y: "text" },
    ];
    const { groups, joined } = draw(some, { x: "name", y: "y", color: "run", keys: keysIn(some, []), mean: false });
    expect([joined, groups.map(({ x, y }) => [x, y])]).toEqual([false, [[["p"], [1]]]]);
  });

  it("what was chosen leaves the other rows out", () => {
    expect(chosen(rows, { precision: ["16"], value: ["0", "0.5"], trial: [] })).toHaveLength(20);
    expect(valuesIn(rows, "precision")).toEqual([16, 32]);
    expect(rangeOf(rows, "reason")).toBeUndefined();
    const [low, high] = rangeOf([{ x: 1 }, { x: 2 }, { x: Number.NaN }], "x")!;
    expect([low, high].map((x) => cellText(Number(x.toFixed(3))))).toEqual(["0.96", "2.04"]);
  });
});
