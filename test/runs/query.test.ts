import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cell, type Columns, listRuns, number, query, type Row, writeParquet } from "../../src/runs";
import { withDatabase } from "../../src/runs/duckdb";
import { temporaryFolder } from "./folder";
import { runWith as run } from "./toy";

async function parquetRoundTrip(rows: readonly Row[], declared?: Columns): Promise<unknown[]> {
  const path = join(temporaryFolder(), "it's rows.parquet");
  await writeParquet(path, rows, declared);
  return withDatabase(
    async (connection) => {
      const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
      return result.getRowObjectsJS();
    },
    { files: true },
  );
}

it("the database spills into the temporary folder, not into the working folder", async () => {
  const place = await withDatabase(async (connection) => {
    const result = await connection.runAndReadAll("SELECT current_setting('temp_directory') AS place");
    return result.getRowObjectsJS()[0]!.place;
  });
  expect(dirname(String(place))).toBe(tmpdir());
});

describe("rows.parquet", () => {
  it("rows.parquet keeps numbers, text, booleans, lists and nulls", async () => {
    const rows: Row[] = [
      { i: 0, value: Number.NaN, text: "NaN", flag: true, list: [1, Number.NaN], date: "2020-01-01", none: null },
      { i: 1, value: -0, text: 'a "b"\n', flag: null, list: [], date: "x", none: null },
      { i: 2 ** 60, value: Number.NEGATIVE_INFINITY, text: null, flag: false, list: null, date: "", none: null },
    ];
    expect(await parquetRoundTrip(rows)).toStrictEqual(rows);
  });

  it("rows.parquet keeps every double", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1 }), async (values) => {
        const rows = values.map((value) => ({ value }));
        // undeclared, a column of whole numbers would be one of integers
        expect(await parquetRoundTrip(rows, { value: number("any double") })).toStrictEqual(rows);
      }),
      { numRuns: 10 },
    );
  });

  it("a column that mixes kinds is JSON text, and a cell that a row lacks is null", async () => {
    expect(await parquetRoundTrip([{ a: 1 }, { a: "x", b: [["y"]] }, { a: [true] }])).toEqual([
      { a: "1", b: null },
      { a: '"x"', b: [["y"]] },
      { a: "[true]", b: null },
    ]);
  });

  it("a column may have the name of what every object has", async () => {
    const rows = [{ constructor: 0.5 }, { toString: "x" }, { valueOf: [0.5] }] as unknown as Row[];
    const none = { constructor: null, toString: null, valueOf: null };
    expect(await parquetRoundTrip(rows)).toEqual(rows.map((row) => ({ ...none, ...row })));
  });

  it("columns that differ in case only are refused", async () => {
    await expect(parquetRoundTrip([{ s: 1, S: 2 }])).rejects.toThrow(
      'rows: the names of columns must differ in more than case, "s" is there, got "S"',
    );
  });
});

describe("query", () => {
  it("columns with the names of what every object has keep their cells", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0, constructor: 5 } as unknown as Row], true);
    await run(runs, "alpha", 2, [{ i: 1, toString: 7 } as unknown as Row], true);
    const rows = await query('SELECT i, "constructor", "toString" FROM alpha ORDER BY i', { runs });
    expect(rows).toEqual([
      { i: 0, constructor: 5, toString: null },
      { i: 1, constructor: null, toString: 7 },
    ]);
  });

  it("a query unites finished and unfinished runs by the names of their columns", async () => {
    const runs = temporaryFolder();
    const a = await run(
      runs,
      "alpha",
      1,
      [
        { i: 0, x: 1, none: null },
        { i: 1, x: Number.NaN, none: null },
      ],
      true,
    );
    const b = await run(runs, "beta", 1, [{ i: 7, none: 0.5, label: "b" }], false);
    expect(await query("SELECT * FROM rows ORDER BY i", { runs })).toEqual([
      { experiment: "alpha", run: a.slice(-12), i: 0, x: 1, none: null, label: null },
      { experiment: "alpha", run: a.slice(-12), i: 1, x: Number.NaN, none: null, label: null },
      { experiment: "beta", run: b.slice(-12), i: 7, x: null, none: 0.5, label: "b" },
    ]);
    const joined = await query(
      `SELECT experiment, (config->>'$.seed')::INT AS seed, count(*) AS n, list(i ORDER BY i) AS i
       FROM rows JOIN runs USING (experiment, run) GROUP BY ALL ORDER BY ALL`,
      { runs },
    );
    expect(joined).toEqual([
      { experiment: "alpha", seed: 1, n: 2, i: [0, 1] },
      { experiment: "beta", seed: 1, n: 1, i: [7] },
    ]);
    const statuses = await query("SELECT status, rows, seconds >= 0 AS timed FROM runs ORDER BY experiment", { runs });
    expect(statuses).toEqual([
      { status: "done", rows: 2, timed: true },
      { status: "interrupted", rows: 1, timed: true },
    ]);
  });

  it("a query is answered where there are no runs", async () => {
    const runs = join(temporaryFolder(), "nowhere");
    expect(await query("SELECT count(*) AS n FROM rows", { runs })).toEqual([{ n: 0 }]);
    expect(await query("SELECT * FROM runs", { runs })).toEqual([]);
  });

  it("a query leaves broken runs out and says so", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0 }], true);
    const twins = await run(runs, "alpha", 2, [{ i: 1 }], false);
    writeFileSync(join(twins, "rows.jsonl"), '{"i":1,"I":2}\n');
    const jsonl = await run(runs, "beta", 1, [{ i: 2 }], false);
    writeFileSync(join(jsonl, "rows.jsonl"), "{\n{}\n");
    mkdirSync(join(runs, "gamma", "empty"), { recursive: true });
    const lines: string[] = [];
    expect(await query("SELECT i FROM rows", { runs, log: (line) => lines.push(line) })).toEqual([{ i: 0 }]);
    expect(lines).toEqual([
      expect.stringMatching(
        /^alpha\/[0-9a-f]{12} is left out: rows: the names of columns must differ in more than case/,
      ),
      expect.stringMatching(/^beta\/[0-9a-f]{12} is left out: .*rows.jsonl, line 1: must be a JSON object/),
      "gamma/empty is left out: has no manifest.json",
    ]);
  });

  it("runs that are damaged, of another version or edited by hand do not keep others from a query", async () => {
    const runs = temporaryFolder();
    const rows = Array.from({ length: 5000 }, (_, i) => ({ i, x: Math.sin(i) }));
    const manifestOf = (folder: string) => join(folder, "manifest.json");
    const edit = (folder: string, change: object) => {
      const manifest = JSON.parse(readFileSync(manifestOf(folder), "utf8"));
      writeFileSync(manifestOf(folder), JSON.stringify({ ...manifest, ...change }));
    };
    await run(runs, "alpha", 1, [{ i: -1, x: 0.5 }], true);
    const cut = join(await run(runs, "alpha", 2, rows, true), "rows.jsonl");
    truncateSync(cut, Math.floor(statSync(cut).size / 2));
    const holed = join(await run(runs, "alpha", 3, rows, true), "rows.jsonl");
    const bytes = readFileSync(holed);
    writeFileSync(holed, bytes.fill(0xff, 4, 8));
    writeFileSync(manifestOf(await run(runs, "alpha", 4, rows, true)), "no JSON");
    edit(await run(runs, "alpha", 5, rows, true), { version: 99 });
    edit(await run(runs, "alpha", 6, rows, true), { status: "finished" });
    edit(await run(runs, "alpha", 7, [{ i: -2, x: 1 }], true), { seconds: "long", started: 5 });
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    expect(await query("SELECT i, x FROM rows ORDER BY i", { runs, log })).toEqual([{ i: -1, x: 0.5 }]);
    expect(lines).toHaveLength(6);
    const counts = await query(
      "SELECT status, count(*) AS n, sum(seconds) > 0 AS timed FROM runs GROUP BY ALL ORDER BY n",
      { runs, log },
    );
    expect(counts).toEqual([
      { status: "done", n: 1, timed: true },
      { status: "broken", n: 6, timed: true },
    ]);
    const problems = listRuns(runs).flatMap(({ problem }) => problem ?? []);
    expect(problems).toHaveLength(6);
    for (const problem of [
      /must have as many rows as its manifest says, 5000, got 2\d\d\d\nHint: run it again/,
      /rows\.jsonl, line 1: must be a JSON object, got/,
      /must be a manifest in JSON/,
      /must have version 1, got 99\nHint: it was written by another version of this program/,
      /status must be one of running, done, interrupted, failed, got "finished"/,
      /manifest\.json: started must be text, got 5/,
    ]) {
      expect(problems).toContainEqual(expect.stringMatching(problem));
    }
  });

  it("each experiment has a table, whose columns no other experiment changes", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0, precision: 16, x: null }], true);
    await run(runs, "alpha", 2, [{ i: 1, precision: 32, x: [2] }], false);
    await run(runs, "be-ta", 1, [{ i: 2, precision: "mixed", x: "text" }], true);
    const ask = (table: string) => query(`SELECT precision, x FROM ${table} ORDER BY i`, { runs });
    expect(await ask("alpha")).toEqual([
      { precision: 16, x: null },
      { precision: 32, x: [2] },
    ]);
    expect(await ask('"be-ta"')).toEqual([{ precision: "mixed", x: "text" }]);
    mkdirSync(join(runs, "rows", "stray"), { recursive: true });
    expect((await ask("rows")).map(({ precision }) => precision)).toEqual(["16", "32", "mixed"]);
  });

  it("a column that mixes kinds is text in one form, within a run and between runs, done or not", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0, precision: 16 }], true);
    await run(runs, "alpha", 2, [{ i: 1, precision: 32 }], true);
    await run(runs, "alpha", 3, [{ i: 2, precision: "mixed" }], true);
    for (const [seed, done] of [true, false].entries()) {
      const rows = [
        { i: 3, precision: 32 },
        { i: 4, precision: "mixed" },
      ];
      await run(runs, "alpha", 4 + seed, rows, done);
    }
    const groups = [
      { precision: "16", n: 1 },
      { precision: "32", n: 3 },
      { precision: "mixed", n: 3 },
    ];
    for (const table of ["alpha", "rows"]) {
      const ask = (rest: string) => query(`SELECT precision, count(*) AS n FROM ${table} ${rest}`, { runs });
      expect(await ask("GROUP BY ALL ORDER BY ALL")).toEqual(groups);
      expect(await ask("WHERE precision = '32' GROUP BY ALL")).toEqual([groups[1]]);
    }
    await expect(query("SELECT * FROM alpha WHERE precision = 32", { runs })).rejects.toThrow(
      /^query: Conversion Error: Could not convert string 'mixed'(?:.|\n)*\nHint: .* '32' in place of 32$/,
    );
  });

  it("cells of every kind are text where kinds are mixed, numbers by their digits", async () => {
    const runs = temporaryFolder();
    const cells: Cell[] = [
      -0,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      1e-7,
      2 ** 60,
      "NaN",
      'a "b"',
      true,
      [1, "x"],
      null,
    ];
    const rows = cells.map((x, i): Row => ({ i, x, list: [x] }));
    await run(runs, "alpha", 1, rows, true);
    const text = ["-0", "NaN", "-Infinity", "1e-7", "1152921504606847000", "NaN", 'a "b"', "true", '[1,"x"]', null];
    expect(await query("SELECT x, list FROM alpha ORDER BY i", { runs })).toEqual(text.map((x) => ({ x, list: [x] })));
  });

  it("columns whose names differ in case only are united", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0, X: 1 }], true);
    await run(runs, "beta", 1, [{ i: 1, x: 2 }], true);
    expect(await query("SELECT * EXCLUDE (run) FROM rows ORDER BY i", { runs })).toEqual([
      { experiment: "alpha", i: 0, X: 1 },
      { experiment: "beta", i: 1, X: 2 },
    ]);
    expect(await query("SELECT * EXCLUDE (run) FROM beta", { runs })).toEqual([{ experiment: "beta", i: 1, x: 2 }]);
  });

  it("a query is answered from rows.jsonl, however many rows there are", async () => {
    const runs = temporaryFolder();
    const rows = Array.from(
      { length: 4097 },
      (_, i): Row => ({ i, x: i % 3 === 0 ? null : Math.sin(i), text: `${i}` }),
    );
    const folder = await run(runs, "alpha", 1, rows, true);
    writeFileSync(join(folder, "rows.parquet"), "not what the rows are read from");
    expect(await query("SELECT i, x, text FROM alpha ORDER BY i", { runs })).toEqual(rows);
  });

  it("a column of lists and one of single values become JSON text, and other lists stay lists", async () => {
    const runs = temporaryFolder();
    await run(runs, "alpha", 1, [{ i: 0, x: [1, 2], y: [] }], true);
    await run(runs, "beta", 1, [{ i: 1, x: 3, y: [0.5] }], true);
    await run(runs, "gamma", 1, [{ i: 2, x: null, y: null }], true);
    expect(await query("SELECT i, x, y FROM rows ORDER BY i", { runs })).toEqual([
      { i: 0, x: "[1,2]", y: [] },
      { i: 1, x: "3", y: [0.5] },
      { i: 2, x: null, y: null },
    ]);
  });

  it("a column that is null, empty or missing in the first runs has the kind that later ones give it", async () => {
    const runs = temporaryFolder();
    const cells: Record<string, readonly [Cell, ...Cell[]]> = {
      number: [null, 2, null, 0.5],
      text: [null, null, "b", "c"],
      flag: [null, true, null, false],
      list: [null, null, [1, 2], []],
      lists: [null, [[1]], [[]], []],
      growing: [[], [3], null, [[4]]],
      mixed: [1, 2, "x", null],
    };
    const rows = [0, 1, 2, 3].map((i): Row => {
      const named = Object.entries(cells).map(([name, values]): [string, Cell] => [name, values[i]!]);
      return { i, ...Object.fromEntries(named), [`only${i}`]: i };
    });
    // folders are read in the order of their names, in which these rows are
    const names = ["a", "b", "c", "d"];
    for (const [i, row] of rows.entries()) await run(runs, names[i]!, 1, [row], i % 2 === 0);
    const only = (i: number) => Object.fromEntries([0, 1, 2, 3].map((k) => [`only${k}`, i === k ? k : null]));
    const growing = [[], ["3"], null, ["[4]"]]; // lists of numbers and of lists: the items are text
    const expected = rows.map((row, i) => ({
      ...row,
      ...only(i),
      growing: growing[i],
      mixed: row.mixed === null ? null : String(row.mixed),
    }));
    expect(await query("SELECT * EXCLUDE (experiment, run) FROM rows ORDER BY i", { runs })).toEqual(expected);
    const types = await query("SELECT column_name, column_type FROM (DESCRIBE rows)", { runs });
    expect(Object.fromEntries(types.map((row) => [row.column_name, row.column_type]))).toMatchObject({
      ...{ number: "DOUBLE", text: "VARCHAR", flag: "BOOLEAN", list: "DOUBLE[]", lists: "DOUBLE[][]" },
      ...{ growing: "VARCHAR[]", mixed: "VARCHAR", only3: "DOUBLE" },
    });
    // the order of columns is that of their first appearance
    expect(types.map((row) => row.column_name).slice(-3)).toEqual(["only1", "only2", "only3"]);
  });

  it("a column that is null everywhere can be used as a number", async () => {
    const runs = temporaryFolder();
    await run(runs, "a", 1, [{ i: 1, unknown: null }], true);
    for (const condition of ["unknown > 0.5", "unknown <> 1", "unknown"])
      expect(await query(`SELECT i FROM rows WHERE ${condition}`, { runs })).toEqual([]);
    const sums =
      "SELECT sum(unknown) AS sum, avg(unknown) AS mean, coalesce(unknown, 0.5) AS half FROM rows GROUP BY ALL";
    expect(await query(sums, { runs })).toEqual([{ sum: null, mean: null, half: 0.5 }]);
  });

  it("an error says what is wrong with the SQL", async () => {
    await expect(query("SELECT nothing FROM rows", { runs: temporaryFolder() })).rejects.toThrow(
      /^query: Binder Error: Referenced column "nothing" not found/,
    );
  });

  it("anything but a single query is refused", async () => {
    const runs = temporaryFolder();
    const file = join(runs, "copy.csv");
    const others = [
      ...["", " ; ", "-- nothing", "DROP TABLE rows", "SELECT 1; SELECT 2", "DROP TABLE rows; SELECT 1"],
      ...[`COPY runs TO '${file}'`, "INSERT INTO runs (run) VALUES ('x') RETURNING run", "SET threads = 1"],
      "CREATE TABLE t AS SELECT 1 AS a; SELECT a FROM t",
    ];
    for (const sql of others) {
      await expect(query(sql, { runs }), sql).rejects.toThrow(/^query: must be one query, as SELECT …, got "/);
    }
    const outside = [
      ...["SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')", "FROM read_csv('/etc/passwd')"],
      ...["SELECT * FROM read_parquet('http://localhost:1/a.parquet')", `ATTACH '${file}' AS other`, "LOAD httpfs"],
      ...[
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "PRAGMA threads = 1",
      ],
      `EXPORT DATABASE '${file}'`,
    ];
    for (const sql of outside)
      await expect(query(sql, { runs }), sql).rejects.toThrow(/^query: (must be one query, as SELECT …|Catalog Error)/);
    expect(existsSync(file)).toBe(false);
    await expect(query("SELEC 1", { runs })).rejects.toThrow(/^query: Parser Error: syntax error at or near "SELEC"/);
    for (const sql of ["VALUES (1);", "FROM (SELECT 1 AS col0) -- end", "WITH x AS (SELECT 1 AS col0) SELECT * FROM x"])
      expect(await query(sql, { runs }), sql).toEqual([{ col0: 1 }]);
    const described = await query("DESCRIBE runs", { runs });
    expect(described.map(({ column_name }) => column_name)).toContain("config");
    const pivot = "PIVOT (FROM (VALUES ('u', 3), ('v', 4)) t(name, x)) ON name USING sum(x)";
    expect(await query(pivot, { runs })).toEqual([{ u: 3, v: 4 }]);
  });

  it("a query gives plain cells, whatever DuckDB's types", async () => {
    const sql = `SELECT 1::BIGINT AS big, 2::HUGEINT AS huge, 1.25::DECIMAL(6,2) AS decimal, DATE '2020-01-02' AS date,
      {'a': [1, 2]} AS record, [[1.5::DOUBLE]] AS lists, true AS flag, NULL AS nothing, 'NaN'::DOUBLE AS nan`;
    const expected: Record<string, Cell> = {
      big: 1,
      huge: 2,
      decimal: 1.25,
      date: "2020-01-02T00:00:00.000Z",
      record: '{"a":[1,2]}',
      lists: [[1.5]],
      flag: true,
      nothing: null,
      nan: Number.NaN,
    };
    expect(await query(sql, { runs: temporaryFolder() })).toEqual([expected]);
  });
});
