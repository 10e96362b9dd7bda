import { execFileSync } from "node:child_process";
import { desc, table } from "arquero";
import { describe, expect, it } from "vitest";
import { fromDanfo, fromTable, type Row, toDanfo, toTable } from "../../src/runs";
import { compiledModule, projectRoot } from "../../src/util";

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
  it("an arquero table holds the rows and gives them back", () => {
    const frame = toTable(rows);
    expect(frame.columnNames()).toEqual(["i", "x", "text", "flag", "list", "none"]);
    expect(fromTable(frame)).toStrictEqual(rows);
    expect(fromTable(toTable(ragged))).toStrictEqual(filled);
    expect(fromTable(toTable([]))).toEqual([]);
  });

  it("a filtered and ordered table comes back filtered and ordered", () => {
    const frame = toTable(rows)
      .filter((row: { i: number }) => row.i > 1)
      .orderby(desc("i"))
      .select("i");
    expect(fromTable(frame)).toEqual([{ i: 12345678901234 }, { i: 2 }]);
  });
});

describe("a danfo data frame", () => {
  const columns = {
    number: [0.1, Number.NaN, -0],
    infinite: [Number.NEGATIVE_INFINITY, null, Number.POSITIVE_INFINITY],
    integer: [2 ** 53, -1, 2 ** 31],
    text: ["", "NaN", null],
    flag: [true, null, false],
    date: [new Date(0), null, new Date("2020-02-29T12:00:00.001Z")],
    list: [[1, Number.NaN], [], null],
    nothing: [null, null, null],
    later: [null, null, 1],
  };

  it("a data frame holds a table's cells and gives each back as it was", () => {
    const back = fromDanfo(toDanfo(table(columns)));
    expect(back.columnNames()).toEqual(Object.keys(columns));
    for (const [name, cells] of Object.entries(columns)) expect(back.array(name), name).toStrictEqual(cells);
  });

  it("a data frame holds a table as it is filtered and ordered, with typed arrays as numbers", () => {
    const frame = table({ x: Float64Array.of(3, 1, 2) })
      .filter((row: { x: number }) => row.x > 1)
      .orderby("x");
    expect(toDanfo(frame).values).toEqual([[2], [3]]);
    expect(fromTable(fromDanfo(toDanfo(frame)))).toEqual([{ x: 2 }, { x: 3 }]);
  });

  it("a data frame may be empty, with columns and without", () => {
    const empty = fromDanfo(toDanfo(table({ a: [], b: [] })));
    expect([empty.columnNames(), empty.numRows()]).toEqual([["a", "b"], 0]);
    expect(fromDanfo(toDanfo(table({}))).numCols()).toBe(0);
  });

  it("a data frame refuses a column of big integers", () => {
    expect(() => toDanfo(table({ id: [null, 2n ** 60n] }))).toThrow(
      "toDanfo: column id must not hold big integers, danfo cannot compute with them, got 1152921504606846976\n" +
        "Hint: make them numbers, or text where they are beyond 2^53",
    );
  });

  it("a part of a data frame comes back as a table", () => {
    const frame = toDanfo(toTable(rows));
    expect(frame.columns).toEqual(["i", "x", "text", "flag", "list", "none"]);
    const part = fromDanfo(frame.loc({ columns: ["i", "flag"] }).tail(1));
    expect(fromTable(part)).toEqual([{ i: 0.1, flag: false }]);
  });
});

it("danfo is loaded by its first use, and not by an import", () => {
  const program = `
    const { table } = require("arquero");
    const runs = require(process.argv[1]);
    const isLoaded = () => Object.keys(require.cache).some((path) => path.includes("danfojs-node"));
    const before = isLoaded();
    runs.toDanfo(table({ x: [1] }));
    console.log(before, isLoaded());`;
  const words = ["-e", program, compiledModule("runs/index")];
  expect(execFileSync(process.execPath, words, { cwd: projectRoot, encoding: "utf8" })).toBe("false true\n");
});
