import { desc } from "arquero";
import { describe, expect, it } from "vitest";
import { fromDanfo, fromTable, type Row, toDanfo, toTable } from "../../src/runs";

const rows: Row[] = [
  { i: 12345678901234, x: Number.NaN, text: "NaN", flag: true, list: [1, 2], none: null },
  { i: 2, x: -0, text: null, flag: null, list: [], none: null },
  { i: 0.1, x: Number.POSITIVE_INFINITY, text: "", flag: false, list: [Number.NaN], none: null },
];
const ragged: Row[] = [{ a: 1 }, { b: "x" }];
const filled: Row[] = [
  { a: 1, b: null },
  { a: null, b: "x" },
];

describe("an arquero table", () => {
  it("holds the rows and gives them back", () => {
    const table = toTable(rows);
    expect(table.columnNames()).toEqual(["i", "x", "text", "flag", "list", "none"]);
    expect(fromTable(table)).toStrictEqual(rows);
    expect(fromTable(toTable(ragged))).toStrictEqual(filled);
    expect(fromTable(toTable([]))).toEqual([]);
  });

  it("comes back filtered and ordered", () => {
    const table = toTable(rows)
      .filter((row: { i: number }) => row.i > 1)
      .orderby(desc("i"))
      .select("i");
    expect(fromTable(table)).toEqual([{ i: 12345678901234 }, { i: 2 }]);
  });
});

describe("a danfo data frame", () => {
  it("holds the rows and gives them back", () => {
    expect(fromDanfo(toDanfo(rows))).toStrictEqual(rows);
    expect(fromDanfo(toDanfo(ragged))).toStrictEqual(filled);
    expect(fromDanfo(toDanfo([]))).toEqual([]);
  });

  it("can be worked with", () => {
    const frame = toDanfo(rows);
    expect(frame.columns).toEqual(["i", "x", "text", "flag", "list", "none"]);
    expect(fromDanfo(frame.loc({ columns: ["i", "flag"] }).tail(1))).toEqual([{ i: 0.1, flag: false }]);
  });
});
