/** What an experiment declares of its columns, and what follows: types, checks, keys, order, rows of runs that broke off. */
import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type Answered,
  anyRows,
  byColumns,
  type Cell,
  type Column,
  integer,
  listOf,
  number,
  oneOf,
  orNull,
  type Row,
  type RowOf,
  rowSchema,
  text,
  truth,
} from "../../src/runs";

const schema = rowSchema({
  given: {
    name: text("a name"),
    precision: oneOf([16, 32, "mixed"], "one of both kinds"),
    trial: integer("number of the run", "runs"),
  },
  found: {
    outcome: oneOf(["done", "failed"], "what became of it"),
    flag: truth("whether it is so"),
    first: orNull(integer("the first, or none")),
    size: number("how large", "nats"),
    sizes: listOf(orNull(number("")), "how large each is"),
    reason: orNull(text("why it ended early")),
  },
  key: ["precision", "trial"],
});
type OurRow = RowOf<typeof schema>;

const row: Answered<OurRow> = {
  ...{ name: "glyphs", precision: 16, trial: 3 },
  ...{ outcome: "done", flag: true, first: null, size: 0.5, sizes: [1, null], reason: null },
};
const NAMES = ["name", "precision", "trial", "outcome", "flag", "first", "size", "sizes", "reason"];
const OLD = "\nHint: rows of another version of this program? Start the run over with --fresh (fresh: true)";
const given = { name: "glyphs", precision: "mixed", trial: 0 } as const;

const backwards = (of: Row): Row => Object.fromEntries(Object.entries(of).reverse());

describe("a declared row", () => {
  it("a checked row has its cells in the order of the columns, whatever order they came in", () => {
    expect(Object.keys(schema.columns)).toEqual(NAMES);
    const mine = Object.freeze(backwards(row));
    const checked = schema.check(mine);
    expect(Object.keys(checked)).toEqual(NAMES);
    expect(checked).toEqual(row);
    expect(Object.keys(mine)).toEqual(NAMES.toReversed());
  });

  const wrong: [string, Cell, string][] = [
    ["name", 1, "text, got 1"],
    ["name", null, "text, got null"],
    ["precision", 64, "one of 16, 32, mixed, got 64"],
    ["precision", "16", 'one of 16, 32, mixed, got "16"'],
    ["trial", 0.5, "a whole number, got 0.5"],
    ["trial", 2 ** 53, `a whole number, got ${2 ** 53}`],
    ["trial", Number.NaN, "a whole number, got NaN"],
    ["trial", "1", 'a whole number, got "1"'],
    ["outcome", "running", 'one of done, failed, got "running"'],
    ["flag", 1, "true or false, got 1"],
    ["first", 0.5, "a whole number, or null, got 0.5"],
    ["size", null, "a number, got null"],
    ["size", "NaN", 'a number, got "NaN"'],
    ["sizes", 1, "a list, each item a number, or null, got 1"],
    ["sizes", [1, "x"], 'a list, each item a number, or null, got [1,"x"]'],
    ["sizes", [[1]], "a list, each item a number, or null, got [[1]]"],
    ["reason", false, "text, or null, got false"],
  ];
  it.each(wrong)("a row whose column %s is %j is refused", (column, cell, rule) => {
    expect(() => schema.check({ ...row, [column]: cell })).toThrow(
      expect.objectContaining({ message: `row: its ${column} must be ${rule}${OLD}` }),
    );
    expect(() => schema.check({ ...row, [column]: cell }, "rows.jsonl, line 7")).toThrow(/^rows\.jsonl, line 7: its /);
  });

  it("a row that lacks a column or has another one is refused", () => {
    expect(() => schema.check({ ...row, extra: 1 })).toThrow(
      expect.objectContaining({ message: `row: must have the columns ${NAMES.join(", ")}, got "extra"${OLD}` }),
    );
    // what every object has is no column
    expect(() => schema.check({ ...row, toString: 1 })).toThrow('got "toString"');
    for (const name of NAMES) {
      const { [name]: _, ...rest } = row as Row;
      expect(() => schema.check(rest), name).toThrow(`row: must have the column ${name}, got {`);
    }
  });

  it("NaN and infinities are numbers, and every bit is kept", () => {
    for (const size of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324])
      expect(schema.check({ ...row, size, sizes: [size, null] })).toStrictEqual({ ...row, size, sizes: [size, null] });
    expect(Object.is(schema.check({ ...row, trial: -0 }).trial, -0)).toBe(true);
  });
});

describe("the row of a run that broke off", () => {
  it("a failed row has what was asked for and the reason, and null elsewhere", () => {
    const failed = schema.failed(given, "no memory");
    expect(Object.entries(failed)).toEqual([
      ...Object.entries(given),
      ...[
        ["outcome", "failed"],
        ["flag", null],
        ["first", null],
        ["size", null],
        ["sizes", null],
        ["reason", "no memory"],
      ],
    ]);
    expect(schema.check(backwards(failed))).toEqual(failed);
  });

  it('only the outcome "failed" excuses null, and only where the run was to find something', () => {
    const failed = schema.failed(given, "no memory");
    expect(() => schema.check({ ...failed, outcome: "done" })).toThrow("row: its flag must be true or false, got null");
    expect(() => schema.check({ ...failed, outcome: null })).toThrow(
      "its outcome must be one of done, failed, got null",
    );
    expect(() => schema.check({ ...failed, name: null })).toThrow("row: its name must be text, got null");
    expect(() => schema.check({ ...failed, size: "x" })).toThrow('row: its size must be a number, got "x"');
  });

  it("an experiment whose runs do not break off has no failed rows", () => {
    const sure = rowSchema({ given: { trial: integer("") }, found: { outcome: oneOf(["done"], "") }, key: ["trial"] });
    expect(() => sure.failed({ trial: 0 }, "no memory")).toThrow("row: must have the columns trial, outcome");
    expect(() => sure.check({ trial: 0, outcome: "failed" })).toThrow("its outcome must be one of done");
  });
});

describe("what tells rows apart", () => {
  it("a key holds the cells of its columns, in the key's order", () => {
    expect(schema.key(row)).toBe("16/3");
    expect(schema.key({ trial: 0, precision: "mixed" })).toBe("mixed/0");
    const other = rowSchema({ given: { a: integer(""), b: integer("") }, found: {}, key: ["b", "a"] });
    expect(other.key({ a: 1, b: 2 })).toBe("2/1");
  });

  it("a row without a column of its key has no key", () => {
    const { trial: _, ...older } = row;
    const any: { key(row: object): string } = schema;
    expect(() => any.key(older)).toThrow("row: must have the column trial, which is part of its key");
  });

  it("the first column that differs orders rows, numbers by size and before texts", () => {
    const cells = [
      [9, "b"],
      [10, "a"],
      [10, "b"],
      [Number.POSITIVE_INFINITY, "a"],
      [Number.POSITIVE_INFINITY, "b"],
      [Number.NaN, "a"],
      ["10", "a"],
      ["9", 2],
      ["9", "a"],
    ] as const;
    const rows = cells.map(([a, b]): Row => ({ a, b }));
    expect(rows.toReversed().sort(byColumns("a", "b"))).toEqual(rows);
    const mixed = [32, 16, "mixed"].flatMap((precision) => [10, 9].map((trial): Row => ({ precision, trial })));
    expect(mixed.sort(schema.order).map(({ precision, trial }) => `${precision} ${trial}`)).toEqual([
      ...["16 9", "16 10", "32 9", "32 10", "mixed 9", "mixed 10"],
    ]);
    expect(schema.order(row, { ...row, name: "another", size: 7 })).toBe(0);
  });

  it("rows are ordered the same, however they arrive", () => {
    const cell = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null));
    const order = byColumns("a");
    const shuffled = fc
      .array(cell)
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const [a, b] = [one, other].map((some) => some.map((c): Row => ({ a: c })).sort(order));
        // 0 and -0 have one place
        for (const [i, first] of a!.entries()) expect(order(first, b![i]!)).toBe(0);
        for (const [i, later] of a!.slice(1).entries()) expect(order(a![i]!, later)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it("rows that may hold anything have a key of the named columns", () => {
    const { columns, key, order, check } = anyRows("b", "a");
    const rows: Row[] = [
      { a: 2, b: 1 },
      { a: 1, b: 10, c: [] },
      { a: 1, b: 2 },
    ];
    expect(columns).toEqual({});
    expect(rows.map((any) => check(any))).toEqual(rows);
    expect(rows.toSorted(order).map(key)).toEqual(["1/2", "2/1", "10/1"]);
    expect(() => key({ a: 1 })).toThrow('row: must have the column b, which is part of its key, got {"a":1}');
  });
});

describe("the types of rows", () => {
  it("the type of a row knows the columns, and what a cell may be", () => {
    const read = (one: OurRow) => {
      // @ts-expect-error: no such column
      one.sise;
      // @ts-expect-error: a run that broke off has none
      const size: number = one.size;
      // @ts-expect-error: it may be null, whatever the outcome
      const first: number = one.outcome === "done" ? one.first : 0;
      // @ts-expect-error: not among the values
      const isOther = one.precision === 64;
      return [size, first, isOther];
    };
    expect(read(row)).toEqual([0.5, null, false]);
    expectTypeOf<OurRow["precision"]>().toEqualTypeOf<16 | 32 | "mixed">();
    expectTypeOf<OurRow["first"]>().toEqualTypeOf<number | null>();
    expectTypeOf<OurRow["sizes"]>().toEqualTypeOf<readonly (number | null)[] | null>();
    expectTypeOf<OurRow>().toExtend<Row>();
  });

  it("the type of a row is narrowed by the outcome", () => {
    const summed = (one: OurRow): number => {
      if (one.outcome === "failed") {
        expectTypeOf(one.size).toEqualTypeOf<null>();
        expectTypeOf(one.reason).toEqualTypeOf<string>();
        return one.reason.length;
      }
      expectTypeOf(one).toEqualTypeOf<Answered<OurRow>>();
      expectTypeOf(one.outcome).toEqualTypeOf<"done">();
      return one.size + one.sizes.length;
    };
    expect([summed(row), summed(schema.failed(given, "no memory"))]).toEqual([2.5, 9]);
  });

  it("a row or key that does not fit the declared columns is a type error", () => {
    const built = (one: OurRow) => one;
    const { size: _, ...rest } = row;
    // @ts-expect-error: a column is missing
    built(rest);
    // @ts-expect-error: a column too many
    built({ ...row, sise: 1 });
    // @ts-expect-error: a row with an answer has a size
    built({ ...row, size: null });
    // @ts-expect-error: a key is of columns
    rowSchema({ given: { trial: integer("") }, found: {}, key: ["tial"] });
    // @ts-expect-error: a key needs its columns
    expect(() => schema.key({ trial: 1 })).toThrow("must have the column precision");
    // @ts-expect-error: what was asked for is known of a run that broke off, too
    expect(() => schema.failed({ trial: 1 }, "no memory")).toThrow("must have the column name");
  });
});

describe("a column", () => {
  it("a column has the kind that files hold, its meaning, and a unit where there is one", () => {
    const facts = Object.entries(schema.columns).map(([name, { kind, meaning, unit }]) => [name, kind, meaning, unit]);
    expect(facts).toEqual([
      ["name", "string", "a name", undefined],
      ["precision", "empty", "one of both kinds", undefined],
      ["trial", "integer", "number of the run", "runs"],
      ["outcome", "string", "what became of it", undefined],
      ["flag", "boolean", "whether it is so", undefined],
      ["first", "integer", "the first, or none", undefined],
      ["size", "number", "how large", "nats"],
      ["sizes", { list: "number" }, "how large each is", undefined],
      ["reason", "string", "why it ended early", undefined],
    ]);
    expect(Object.hasOwn(schema.columns.name!, "unit")).toBe(false);
    const of: Column = listOf(integer("", "zeros"), "zeros of each layer");
    expect([of.kind, of.unit, of.meaning]).toEqual([{ list: "integer" }, "zeros", "zeros of each layer"]);
  });
});
