import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromArrow } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exportRows, fromTable, integer, listOf, number, type Row, toCsv, toTable } from "../../src/runs";
import { withDatabase } from "../../src/runs/duckdb";
import { temporaryFolder } from "./folder";

const rows: Row[] = [
  { i: 2, x: Number.NaN, zero: -0, text: 'a "b", c\nd', flag: true, list: [1, 2], none: null },
  { i: 0.1, x: Number.NEGATIVE_INFINITY, zero: 0, text: "", flag: null, list: [], none: null },
  { i: 2 ** 60, x: null, zero: 1, text: null, flag: false, list: null, none: null },
];

const fromSql = (sql: string) =>
  withDatabase(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJS(), { files: true });
const readArrow = (path: string) => fromTable(fromArrow(new Uint8Array(readFileSync(path))));

describe("rows as a file", () => {
  it("CSV tells null from empty text, and writes NaN and infinities", () => {
    expect(toCsv(rows)).toBe(
      `i,x,zero,text,flag,list,none\n2,NaN,-0,"a ""b"", c\nd",true,"[1,2]",\n` +
        `0.1,-Infinity,0,"",,[],\n1152921504606847000,,1,,false,,\n`,
    );
    expect(toCsv([{ a: 1 }, { 'b"': new Date(0) }])).toBe('a,"b"""\n1,\n,1970-01-01T00:00:00.000Z\n');
  });

  it("CSV keeps every double, read back by another program", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1 }), async (values) => {
        const path = join(temporaryFolder(), "rows.csv");
        await exportRows(
          path,
          values.map((x) => ({ x })),
        );
        const read = await fromSql(`SELECT x FROM read_csv('${path}', header = true, columns = {'x': 'DOUBLE'})`);
        expect(read.map(({ x }) => x)).toStrictEqual(values);
      }),
      { numRuns: 10 },
    );
  });

  it("Parquet and Arrow keep numbers, text, booleans, lists and null", async () => {
    const folder = temporaryFolder();
    for (const ending of ["parquet", "arrow"]) await exportRows(join(folder, `rows.${ending}`), rows);
    const read = await fromSql(`SELECT * FROM read_parquet('${folder}/rows.parquet')`);
    // the list holds integers, which DuckDB gives as bigints
    expect(read).toStrictEqual(
      rows.map((row) => ({ ...row, list: (row.list as number[] | null)?.map(BigInt) ?? null })),
    );
    expect(readArrow(join(folder, "rows.arrow"))).toStrictEqual(rows);
  });

  it("Parquet and Arrow give a column the declared type, and a wider one only where its cells need it", async () => {
    const folder = temporaryFolder();
    const declared = {
      none: integer(""),
      some: integer(""),
      size: number(""),
      list: listOf(integer(""), ""),
      gone: number(""),
    };
    const none: Row[] = [{ none: null, some: 0.5, size: null, list: null, text: null }];
    for (const ending of ["parquet", "arrow"]) await exportRows(join(folder, `none.${ending}`), none, declared);
    const described = await fromSql(`DESCRIBE SELECT * FROM read_parquet('${folder}/none.parquet')`);
    const types = Object.fromEntries(described.map(({ column_name, column_type }) => [column_name, column_type]));
    expect(types).toEqual({ none: "BIGINT", some: "DOUBLE", size: "DOUBLE", list: "BIGINT[]", text: "VARCHAR" });
    const arrow = fromArrow(new Uint8Array(readFileSync(join(folder, "none.arrow"))));
    // Arrow's numbers of types (Schema.fbs): 2 integers, 3 floating point, 12 lists; precision 2 is 64 bits
    const typeOf = (name: string) => (arrow.column(name) as unknown as { type: unknown }).type;
    const int64 = { typeId: 2, bitWidth: 64, signed: true };
    expect(typeOf("none")).toMatchObject(int64);
    expect(typeOf("size")).toMatchObject({ typeId: 3, precision: 2 });
    expect(typeOf("list")).toMatchObject({ typeId: 12, children: [{ type: int64 }] });
    expect(readArrow(join(folder, "none.arrow"))).toStrictEqual(none);

    // numbers by declaration stay so in a run that found whole ones alone
    const whole: Row[] = [{ size: 2, list: [1], sizes: [3] }];
    const own = { ...declared, sizes: listOf(number(""), "") };
    for (const ending of ["parquet", "arrow"]) await exportRows(join(folder, `whole.${ending}`), whole, own);
    const wholes = await fromSql(`DESCRIBE SELECT * FROM read_parquet('${folder}/whole.parquet')`);
    expect(wholes.map((row) => [row.column_name, row.column_type])).toEqual([
      ["size", "DOUBLE"],
      ["list", "BIGINT[]"],
      ["sizes", "DOUBLE[]"],
    ]);
    const wholeArrow = fromArrow(new Uint8Array(readFileSync(join(folder, "whole.arrow"))));
    expect((wholeArrow.column("size") as unknown as { type: unknown }).type).toMatchObject({ typeId: 3, precision: 2 });
    expect(readArrow(join(folder, "whole.arrow"))).toStrictEqual(whole);

    // 10 is more than 9, which text would deny
    await exportRows(join(folder, "some.parquet"), [
      { none: 9, text: "x" },
      { none: 10, text: "y" },
    ]);
    const both = `read_parquet(['${folder}/none.parquet', '${folder}/some.parquet'], union_by_name = true)`;
    const [{ most }] = (await fromSql(`SELECT max("none")::INT AS most FROM ${both}`)) as [{ most: number }];
    expect(most).toBe(10);
  });

  it("Parquet and Arrow have the types that the cells of a column share", async () => {
    const folder = temporaryFolder();
    const typed: Row[] = [
      { int: 1, wide: 2 ** 53 - 1, beyond: 2 ** 53, half: 1, nan: 1, zero: 0, flag: true, text: "1", none: null },
      { int: null, wide: -(2 ** 40), beyond: 1, half: 0.5, nan: Number.NaN, zero: -0, flag: null, text: null },
      { int: -3, wide: 0, beyond: -(2 ** 63), half: 2, nan: null, zero: 3, flag: false, text: "x", none: null },
    ];
    const lists: Row[] = [{ ints: [1, null], halves: [1, 0.5], deep: [[2], []], nothing: [], mixed: [1, "x"] }, {}, {}];
    const all = typed.map((row, i) => ({ ...row, infinite: i === 0 ? Number.NEGATIVE_INFINITY : i, ...lists[i] }));
    for (const ending of ["parquet", "arrow"]) await exportRows(join(folder, `rows.${ending}`), all);

    const parquet = await fromSql(`DESCRIBE SELECT * FROM read_parquet('${folder}/rows.parquet')`);
    const expected = {
      int: "BIGINT",
      wide: "BIGINT",
      beyond: "DOUBLE",
      half: "DOUBLE",
      nan: "DOUBLE",
      zero: "DOUBLE",
      flag: "BOOLEAN",
      text: "VARCHAR",
      none: "VARCHAR",
      infinite: "DOUBLE",
      ints: "BIGINT[]",
      halves: "DOUBLE[]",
      deep: "BIGINT[][]",
      nothing: "VARCHAR[]",
      mixed: "VARCHAR[]",
    };
    expect(Object.fromEntries(parquet.map((row) => [row.column_name, row.column_type]))).toEqual(expected);
    const values = await fromSql(`SELECT int, wide, beyond, zero, ints FROM read_parquet('${folder}/rows.parquet')`);
    expect(values).toStrictEqual([
      { int: 1n, wide: 2n ** 53n - 1n, beyond: 2 ** 53, zero: 0, ints: [1n, null] },
      { int: null, wide: -(2n ** 40n), beyond: 1, zero: -0, ints: null },
      { int: -3n, wide: 0n, beyond: -(2 ** 63), zero: 3, ints: null },
    ]);

    const arrow = fromArrow(new Uint8Array(readFileSync(join(folder, "rows.arrow"))), { useBigInt: true });
    // integers of 64 bits come as bigints, doubles as numbers
    expect(Array.from(arrow.array("int"))).toEqual([1n, null, -3n]);
    expect(Array.from(arrow.array("wide"))).toEqual([2n ** 53n - 1n, -(2n ** 40n), 0n]);
    expect(Array.from(arrow.array("beyond"))).toEqual([2 ** 53, 1, -(2 ** 63)]);
    expect(arrow.get("ints", 0)).toEqual([1n, null]);
    const cells = all.map((row) => ({
      ...Object.fromEntries(Object.keys(expected).map((name) => [name, null])),
      ...row,
    }));
    const asText = cells.map((row, i) => ({ ...row, mixed: i === 0 ? ["1", '"x"'] : null }));
    expect(readArrow(join(folder, "rows.arrow"))).toStrictEqual(asText);
  });

  it("a column that mixes kinds is JSON text", async () => {
    const path = join(temporaryFolder(), "mixed.arrow");
    await exportRows(path, [{ a: 1 }, { a: "x" }, { a: [true] }, {}]);
    expect(readArrow(path)).toEqual([{ a: "1" }, { a: '"x"' }, { a: "[true]" }, { a: null }]);
  });

  it("Parquet and Arrow keep the cells of lists, and have JSON text for lists that mix kinds", async () => {
    const folder = temporaryFolder();
    const lists: Row[] = [
      {
        zero: [-0, null],
        deep: [[-0], [], [Number.NaN, 2 ** 60]],
        text: ["u", null],
        flag: [],
        none: [],
        mixed: [1, "x"],
      },
      { zero: [1], deep: null, text: [], flag: [null, true], none: [null], mixed: [null] },
      { zero: [3], deep: [], text: ["v", "w"], flag: [false], none: null, mixed: [[true], -0] },
    ];
    for (const ending of ["parquet", "arrow"]) await exportRows(join(folder, `rows.${ending}`), lists);
    const mixed = [["1", '"x"'], [null], ["[true]", "-0.0"]];
    const expected = lists.map((row, i) => ({ ...row, mixed: mixed[i] }));
    expect(await fromSql(`SELECT * FROM read_parquet('${folder}/rows.parquet')`)).toStrictEqual(expected);
    expect(readArrow(join(folder, "rows.arrow"))).toStrictEqual(expected);
  });

  it("an arquero table is exported as it is filtered and ordered", async () => {
    const path = join(temporaryFolder(), "table.csv");
    await exportRows(
      path,
      toTable(rows)
        .filter((row: { i: number }) => row.i < 3)
        .orderby("i")
        .select("i"),
    );
    expect(readFileSync(path, "utf8")).toBe("i\n0.1\n2\n");
  });

  it("other endings, no rows, and a place where nothing can be written are refused", async () => {
    const folder = temporaryFolder();
    await expect(exportRows(join(folder, "rows.xlsx"), rows)).rejects.toThrow(
      /^export: the file's name must end in \.csv, \.parquet, \.arrow, got ".*rows\.xlsx"$/,
    );
    await expect(exportRows(join(folder, "rows.csv"), [])).rejects.toThrow("export: must have at least one row, got 0");
    for (const ending of ["csv", "parquet", "arrow"]) {
      const path = join(folder, `taken.${ending}`);
      mkdirSync(join(path, "x"), { recursive: true });
      await expect(exportRows(path, rows)).rejects.toThrow(`${path}: must be a file that can be written, got `);
    }
  });
});
