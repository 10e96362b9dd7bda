import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { broadcastShapes, converted, normalizeAxes, strides, tensor, wrap } from "../../src/ir";

describe("converted", () => {
  // pixels are quotients in f32, which no narrower format has and f64 has as they are
  const pixels = Float32Array.of(0, 1 / 255, 100 / 255, 1);

  it("an array converted to its own format is not copied", () => {
    expect(converted("f32", pixels, [2, 2]).data).toBe(pixels);
  });

  it("numbers converted to a narrower format are rounded", () => {
    const { data } = converted("f16", pixels, [4]);
    expect([...data]).toEqual([...tensor("f16", pixels).data]);
    expect(data[1]).not.toBe(pixels[1]);
  });

  it("numbers converted to a wider format stay the same", () => {
    const { data } = converted("f64", pixels, [4]);
    expect(data).toBeInstanceOf(Float64Array);
    expect([...data]).toEqual([...pixels]);
    expect(data[1]).not.toBe(1 / 255);
  });
});

describe("tensor", () => {
  it("a tensor is rounded to its format, and is a vector or a scalar unless a shape is given", () => {
    expect(tensor("f16", [0.1, 65520, -0])).toEqual({
      format: "f16",
      shape: [3],
      data: Float32Array.of(0.0999755859375, Number.POSITIVE_INFINITY, -0),
    });
    expect(tensor("f32", 0.1)).toEqual({ format: "f32", shape: [], data: Float32Array.of(Math.fround(0.1)) });
    expect(tensor("f64", [0.1, 0.2], [2, 1])).toEqual({
      format: "f64",
      shape: [2, 1],
      data: Float64Array.of(0.1, 0.2),
    });
  });

  it("a tensor copies the array that it is made from", () => {
    const values = Float32Array.of(1, 2);
    const { data } = tensor("f32", values);
    values[0] = 7;
    expect([...data]).toEqual([1, 2]);
  });

  it("a shape that does not fit the values is refused", () => {
    expect(() => tensor("f32", [1, 2, 3], [2])).toThrow("tensor: shape [2] must hold every value, got 3");
    expect(() => tensor("f32", 1, [2])).toThrow("tensor: shape [2] must hold every value, got 1");
  });

  // as programs without types give them
  it.each([
    [[1n], undefined, "tensor: values must be numbers, not BigInts, got 1\nHint: it is element 0, from 0"],
    [1n, undefined, "tensor: values must be a number or an array of numbers, got 1"],
    [new BigInt64Array(2), undefined, 'tensor: values must be a number or an array of numbers, got "BigInt64Array"'],
    [[0, "1"], undefined, 'tensor: values must be numbers, got "1"'],
    [
      [
        [1, 2],
        [3, 0.1],
      ],
      undefined,
      "tensor: values must be numbers, got [1,2]\nHint: give all rows as one list, with their shape: values.flat(), [2, 3]",
    ],
    [
      [
        [1, 2],
        [3, 0.1],
      ],
      [2, 2],
      "tensor: values must be numbers, got [1,2]\nHint: give all rows as one list",
    ],
    [[Float32Array.of(1, 2)], undefined, 'tensor: values must be numbers, got {"0":1,"1":2}\nHint: give all rows'],
    [{ length: 2 ** 40 }, undefined, "tensor: values must be numbers, got undefined"],
    [null, undefined, "tensor: values must be a number or an array of numbers, got null"],
    [[1], [1n], 'tensor: shape must be a list of lengths, got ["1"]'],
    [[1], "1", 'tensor: shape must be a list of lengths, got "1"'],
    [[1], [-1, -1], "tensor: shape must be a list of lengths, got [-1,-1]"],
  ])("%o of the shape %o is refused", (values, shape, message) => {
    expect(() => tensor("f32", values as never, shape as never)).toThrow(message);
  });

  it("an array that is none of its format is refused", () => {
    expect(() => wrap("f32", null as never, [1])).toThrow("tensor f32: data must be a Float32Array, got null");
    expect(() => wrap("f32", new BigInt64Array(1) as never, [1])).toThrow('got "BigInt64Array"');
    expect(() => wrap("f32", Float32Array.of(1), [1n] as never)).toThrow("shape must be a list of lengths");
  });

  it.each([1.5, 2 ** 31, Number.NaN])("%d is refused as an index", (value) => {
    expect(() => tensor("i32", [0, value])).toThrow(`tensor i32: values must be 32-bit integers, got ${value}`);
  });

  it.each([2, -1, Number.NaN])("%d is refused as a truth value", (value) => {
    expect(() => tensor("bool", [0, 1, value])).toThrow(`tensor bool: values must be 0 or 1, got ${value}`);
  });
});

describe("wrap", () => {
  it("a wrapped array is not copied", () => {
    const data = Float32Array.of(1, 2);
    expect(wrap("f16", data, [2, 1]).data).toBe(data);
  });

  it("an array of another kind or length cannot be wrapped", () => {
    expect(() => wrap("f32", Float64Array.of(1), [1])).toThrow(
      'tensor f32: data must be a Float32Array, got "Float64Array"',
    );
    expect(() => wrap("f64", Float64Array.of(1), [2])).toThrow("tensor: shape [2] must hold every value, got 1");
  });
});

describe("shapes", () => {
  it("the strides of a shape are row-major", () => {
    expect(strides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(strides([])).toEqual([]);
  });

  it("shapes stretch to a common one, aligned at the last axis", () => {
    expect(broadcastShapes("f", [[2, 1, 4], [3, 1], []])).toEqual([2, 3, 4]);
    expect(() =>
      broadcastShapes("f", [
        [2, 3],
        [2, 4],
      ]),
    ).toThrow('f: shapes must be equal or stretch from 1, got "[2,3] and [2,4]"');
  });

  it("the common shape does not depend on the order of the operands", () => {
    const shape = fc.array(fc.constantFrom(1, 3), { maxLength: 4 });
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(broadcastShapes("f", [a, b])).toEqual(broadcastShapes("f", [b, a]));
        expect(broadcastShapes("f", [a, a])).toEqual(a);
      }),
    );
  });

  it("negative axes count from the end", () => {
    expect(normalizeAxes("f", [-1, 0], 3)).toEqual([0, 2]);
  });

  it.each([[[3]], [[-4]], [[0, 0]], [[0, -3]], [[0.5]]])("the axes %j of three dimensions are refused", (axes) => {
    expect(() => normalizeAxes("f", axes, 3)).toThrow(
      `f: axes must be distinct integers in [-3, 3), got ${JSON.stringify(axes)}`,
    );
  });
});
