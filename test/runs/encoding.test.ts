import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, encodeRow, toCell } from "../../src/runs/encoding";
import type { Row } from "../../src/runs/types";

const { cell } = fc.letrec((tie) => ({
  cell: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^\\{0,3}(NaN|Infinity|-Infinity)$/),
    fc.array(tie("cell"), { maxLength: 4 }),
  ),
}));

describe("encoding", () => {
  it("every encoded cell is given back bit for bit", () => {
    fc.assert(
      fc.property(cell, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
      { numRuns: 2000 },
    );
  });

  it("encoded rows are given back with their columns in order", () => {
    const columns = fc
      .string({ minLength: 1 })
      .filter((name) => !name.includes("\0") && !/^(experiment|run)$/i.test(name));
    fc.assert(
      fc.property(fc.dictionary(columns, cell), (dictionary) => {
        const row = dictionary as Row;
        const line = encodeRow(row);
        expect(line).not.toContain("\n");
        // as entries: a column may be called constructor, which toStrictEqual takes for the type
        expect(Object.entries(decode(line) as Row)).toStrictEqual(Object.entries(row));
        expect(encodeRow(decode(line) as Row)).toBe(line);
      }),
    );
  });

  it("NaN and infinities are written as text, and a text like them is escaped", () => {
    const row = {
      a: Number.NaN,
      b: Number.NEGATIVE_INFINITY,
      c: -0,
      d: "NaN",
      e: [0.1, Number.POSITIVE_INFINITY],
      f: null,
    };
    expect(encodeRow(row)).toBe(
      String.raw`{"a":"NaN","b":"-Infinity","c":-0.0,"d":"\\NaN","e":[0.1,"Infinity"],"f":null}`,
    );
  });

  it("the keys of objects are sorted on request, at every depth", () => {
    expect(encode({ b: { z: 1, a: 2 }, a: [{ d: 1, c: undefined }] }, { sorted: true })).toBe(
      '{"a":[{"d":1}],"b":{"a":2,"z":1}}',
    );
  });

  it("plain data from another realm, as notebooks have them, are encoded", () => {
    expect(encode(runInNewContext("({ a: [1, { b: NaN }] })"))).toBe('{"a":[1,{"b":"NaN"}]}');
  });

  it("what has no encoding is refused", () => {
    expect(() => encode({ f: Math.sin }, { what: "config" })).toThrow(
      /^config: must be plain data .*, got function sin/,
    );
    expect(() => encode(10n)).toThrow("JSON: must be plain data");
    expect(() => encode(new Date(0))).toThrow("JSON: must be plain data");
    const knot: { self?: unknown } = {};
    knot.self = [knot];
    expect(() => encode(knot)).toThrow("JSON: must not contain itself");
    expect(() => encodeRow({ a: undefined } as unknown as Row)).toThrow(
      "row: a must be text, a number, a boolean, null or a list of those, got undefined",
    );
    expect(() => encodeRow({ a: { b: 1 } } as unknown as Row)).toThrow('got {"b":1}');
    expect(() => encodeRow({ Run: 1 })).toThrow("row: the columns experiment and run are filled in by queries");
    expect(() => encodeRow({ "": 1 })).toThrow("row: a column must have a name");
  });

  it("values of databases and dataframes become cells", () => {
    expect(toCell(12n)).toBe(12);
    expect(toCell(2n ** 70n)).toBe("1180591620717411303424");
    expect(toCell(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(toCell(undefined)).toBe(null);
    expect(toCell([1n, [2n]])).toEqual([1, [2]]);
    expect(toCell(new Float32Array([0.5, -0]))).toEqual([0.5, -0]);
    expect(toCell({ a: 1n, b: [Number.NaN] })).toBe('{"a":1,"b":["NaN"]}');
  });
});
