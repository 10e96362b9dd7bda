/** The definition of each operation against loops, formulas and numbers that are written here once more. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Shape, size, type Tensor, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import { evaluate } from "../helpers/evaluate";

type Nested = number | readonly Nested[];

/** Nested arrays, as a reader writes a tensor. */
function nested({ data, shape }: Pick<Tensor, "data" | "shape">, offset = 0): Nested {
  const [length, ...inner] = shape;
  if (length === undefined) return data[offset]!;
  return Array.from({ length }, (_, i) => nested({ data, shape: inner }, offset + i * size(inner)));
}

const random = (shape: Shape, name: string): Tensor => {
  const numbers = stream(8, "meaning", name, ...shape);
  const values = Array.from({ length: size(shape) }, () => numbers.normal());
  return tensor("f64", values, shape);
};

const outOf = async (...of: Parameters<typeof evaluate>) => [...(await evaluate(...of)).data];

describe("stretching", () => {
  const depth = (x: Nested): number => (typeof x === "number" ? 0 : 1 + depth(x[0]!));

  /** NumPy's rule by recursion on the outermost axis. */
  function combine(a: Nested, b: Nested, f: (a: number, b: number) => number): Nested {
    if (typeof a === "number" && typeof b === "number") return f(a, b);
    if (depth(a) < depth(b)) return (b as readonly Nested[]).map((inner) => combine(a, inner, f));
    if (depth(b) < depth(a)) return (a as readonly Nested[]).map((inner) => combine(inner, b, f));
    const [left, right] = [a as readonly Nested[], b as readonly Nested[]];
    const length = Math.max(left.length, right.length);
    const at = (list: readonly Nested[], i: number) => list[list.length === 1 ? 0 : i]!;
    return Array.from({ length }, (_, i) => combine(at(left, i), at(right, i), f));
  }

  /** Two shapes that stretch to a common one. */
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).chain((common) => {
    const stretched = fc
      .tuple(fc.array(fc.boolean(), { minLength: common.length, maxLength: common.length }), fc.nat(common.length))
      .map(([ones, cut]) => common.map((n, axis) => (ones[axis] ? 1 : n)).slice(cut));
    return fc.tuple(stretched, stretched);
  });

  it("axes of length 1 and missing axes are repeated", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ([left, right]) => {
        const [a, b] = [random(left, "a"), random(right, "b")];
        const result = await evaluate(ops.sub, a, b);
        expect(nested(result)).toEqual(combine(nested(a), nested(b), (x, y) => x - y));
      }),
    );
  });

  it("broadcasting x to a shape is the same as adding a 0 of that shape", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ([left, right]) => {
        const [a, zeros] = [random(left, "a"), tensor("f64", new Float64Array(size(right)), right)];
        const { shape } = await evaluate(ops.add, a, zeros);
        const expected = combine(nested(a), nested({ data: new Float64Array(size(shape)), shape }), (x) => x);
        expect(nested(await evaluate((x) => ops.broadcast(x, shape), a))).toEqual(expected);
      }),
    );
  });

  it("the three operands of select are stretched", async () => {
    const condition = tensor("bool", [1, 0], [2, 1]);
    const result = await evaluate(ops.select, condition, tensor("f64", [1, 2, 3]), tensor("f64", -1));
    expect(nested(result)).toEqual([
      [1, 2, 3],
      [-1, -1, -1],
    ]);
  });
});

describe("matmul", () => {
  const transposed = ({ data, shape }: Tensor): Tensor => {
    const [rows, columns] = shape as [number, number];
    const values = Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!);
    return tensor("f64", values, [columns, rows]);
  };
  const length = fc.integer({ min: 1, max: 6 });

  it("matmul is a triple loop in f64, transposed where asked, plus the bias", async () => {
    const setting = fc.tuple(length, length, length, fc.boolean(), fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(setting, async ([m, k, n, transposeA, transposeB, biased]) => {
        const [a, b, bias] = [random([m, k], "a"), random([k, n], "b"), random([n], "bias")];
        const [rows, columns] = [nested(a), nested(transposed(b))] as [number[][], number[][]];
        const expected = rows.map((row) =>
          columns.map((column, j) => row.reduce((sum, x, l) => sum + x * column[l]!, 0) + (biased ? bias.data[j]! : 0)),
        );
        const result = await evaluate(
          (x, y, z) => ops.matmul(x!, y!, { transposeA, transposeB, ...(biased ? { bias: z! } : {}) }),
          transposeA ? transposed(a) : a,
          transposeB ? transposed(b) : b,
          bias,
        );
        expect(nested(result)).toEqual(expected);
      }),
    );
  });

  it("matmul accumulates halves in single precision, and rounds once, after the bias", async () => {
    // 2048 + 1 has no f16; the sum 2048 + 1 + 1 does
    const a = tensor("f16", [2048, 1], [1, 2]);
    const ones = tensor("f16", [1, 1], [2, 1]);
    const withBias = (bias: number) =>
      outOf((x, y, z) => ops.matmul(x, y, { bias: z }), a, ones, tensor("f16", [bias]));
    expect(await withBias(1)).toEqual([2050]);
    expect(await outOf((x, y) => ops.matmul(x!, y!), a, ones)).toEqual([2048]);
  });

  it("a sum in single precision is rounded after each term", async () => {
    const big = tensor("f32", [2 ** 24, 1, 1], [1, 3]);
    expect(await outOf((x, y) => ops.matmul(x!, y!), big, tensor("f32", [1, 1, 1], [3, 1]))).toEqual([2 ** 24]);
  });
});

describe("transpose", () => {
  it("transpose exchanges rows and columns", async () => {
    const result = await evaluate((x) => ops.transpose(x), tensor("f64", [1, 2, 3, 4, 5, 6], [2, 3]));
    expect(nested(result)).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });
});

describe("reductions", () => {
  const shape = [2, 3, 4] as const;
  const x = random([...shape], "x");
  const subsets = Array.from({ length: 8 }, (_, bits) => [0, 1, 2].filter((axis) => bits & (1 << axis)));

  /** Every element under the coordinates that are left, added in row-major order. */
  function naiveSums(axes: readonly number[]): { sums: number[]; n: number } {
    const sums = new Map<string, number>();
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        for (let k = 0; k < 4; k++) {
          const key = [i, j, k].filter((_, axis) => !axes.includes(axis)).join();
          sums.set(key, (sums.get(key) ?? 0) + x.data[(i * 3 + j) * 4 + k]!);
        }
    return { sums: [...sums.values()], n: axes.reduce((n, axis) => n * shape[axis]!, 1) };
  }

  it.each(subsets.map((axes) => [axes]))("sums and means over the axes %j are those of a loop", async (axes) => {
    const { sums, n } = naiveSums(axes);
    expect(await outOf((v) => ops.reduceSum(v, axes), x)).toEqual(sums);
    expect(await outOf((v) => ops.reduceMean(v, axes), x)).toEqual(sums.map((sum) => sum / n));
    const negative = axes.map((axis) => axis - 3).reverse();
    expect(await outOf((v) => ops.reduceSum(v, negative), x)).toEqual(sums);
  });

  it("reductions accumulate halves in single precision", async () => {
    const halves = tensor("f16", [2048, 1, 1]);
    expect(await outOf((v) => ops.reduceSum(v), halves)).toEqual([2050]);
    expect(await outOf((v) => ops.reduceSum(v), tensor("f16", [65504, 65504, -65504]))).toEqual([65504]);
  });
});

describe("functions with kinks, exactly there", () => {
  const points = tensor("f64", [-1, -0, 0, 1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 6, 6.5]);

  it.each([
    ["relu", ops.relu, [0, -0, 0, 1, Number.NaN, 0, Number.POSITIVE_INFINITY, 6, 6.5]],
    ["abs", ops.abs, [1, 0, 0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 6, 6.5]],
    ["relu6", ops.relu6, [0, -0, 0, 1, Number.NaN, 0, 6, 6, 6]],
    ["hardTanh", ops.hardTanh, [-1, -0, 0, 1, Number.NaN, -1, 1, 1, 1]],
    ["hardSwish", ops.hardSwish, [-1 / 3, -0, 0, 2 / 3, Number.NaN, 0, Number.POSITIVE_INFINITY, 6, 6.5]],
    [
      "leakyRelu",
      ops.leakyRelu,
      [-0.01, -0, 0, 1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 6, 6.5],
    ],
  ] as const)("%s is exact at its kinks, at NaN and at infinities", async (_, f, expected) => {
    expect(await outOf((v) => f(v), points)).toEqual(expected);
  });

  it("leakyRelu multiplies by a slope rounded to its format", async () => {
    const slope = 0.01000213623046875; // 0.01 in f16
    expect(await outOf((v) => ops.leakyRelu(v), tensor("f16", -1024))).toEqual([-1024 * slope]);
    expect(await outOf((v) => ops.leakyRelu(v), tensor("f32", -1))).toEqual([-Math.fround(0.01)]);
  });
});

describe("comparison and choice", () => {
  const left = tensor("f64", [1, 2, 2, -0, Number.NaN, Number.NaN]);
  const right = tensor("f64", [2, 1, 2, 0, Number.NaN, 1]);

  it.each([
    ["equal", ops.equal, [0, 0, 1, 1, 0, 0]],
    ["less", ops.less, [1, 0, 0, 0, 0, 0]],
    ["greater", ops.greater, [0, 1, 0, 0, 0, 0]],
  ] as const)("%s compares pairs of numbers, and holds for none with a NaN", async (_, f, expected) => {
    expect(await outOf(f, left, right)).toEqual(expected);
  });

  it("maximum takes the larger number, and a NaN from either side", async () => {
    const pairs = await outOf(ops.maximum, left, right);
    expect(pairs).toEqual([2, 2, 2, pairs[3], Number.NaN, Number.NaN]);
    expect(pairs[3]).toBeCloseTo(0, 300);
    expect(await outOf(ops.maximum, right, left)).toEqual([2, 2, 2, 0, Number.NaN, Number.NaN]);
  });

  it("select is not touched by what it does not take", async () => {
    const [a, b] = [tensor("f64", [Number.NaN, 1]), tensor("f64", [2, Number.POSITIVE_INFINITY])];
    expect(await outOf(ops.select, tensor("bool", [0, 1]), a, b)).toEqual([2, 1]);
  });

  it("oneHot has a truth at the label, and none where the label is out of range", async () => {
    const result = await evaluate((labels) => ops.oneHot(labels, 3), tensor("i32", [2, 0, -1, 3]));
    expect(nested(result)).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it("count counts truths", async () => {
    expect(await outOf((x) => ops.count(x), tensor("bool", [1, 0, 1, 1], [2, 2]))).toEqual([3]);
  });
});

describe("one rounding to the format", () => {
  it("one rounding to the format follows every arithmetic operation", async () => {
    const [a, b] = [tensor("f16", 2048), tensor("f16", 1)];
    expect(await outOf(ops.add, a, b)).toEqual([2048]);
    expect(await outOf(ops.sub, tensor("f16", 4096), b)).toEqual([4096]);
    expect(await outOf(ops.mul, tensor("f16", 300), tensor("f16", 300))).toEqual([Number.POSITIVE_INFINITY]);
    expect(await outOf(ops.div, b, tensor("f16", 3))).toEqual([0.333251953125]);
    expect(await outOf(ops.sqrt, tensor("f16", 2))).toEqual([1.4140625]);
    expect(await outOf(ops.exp, tensor("f16", 1))).toEqual([2.71875]);
    expect(await outOf(ops.log, tensor("f16", 3))).toEqual([1.0986328125]);
    expect(await outOf((x) => ops.cast(x, "f16"), tensor("f64", 1 + 2 ** -11 + 2 ** -40))).toEqual([1 + 2 ** -10]);
  });
});

describe("logSoftmax", () => {
  it("logSoftmax is the logarithm of normalised exponentials, by rows", async () => {
    const x = random([3, 5], "logits");
    const result = nested(await evaluate(ops.logSoftmax, x)) as number[][];
    for (const [i, row] of (nested(x) as number[][]).entries()) {
      const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
      for (const [j, v] of row.entries()) expect(result[i]![j]).toBeCloseTo(Math.log(Math.exp(v) / total), 14);
    }
  });

  it("logSoftmax neither overflows nor hides NaN", async () => {
    const result = await outOf(ops.logSoftmax, tensor("f64", [1000, 0, Number.NaN, 0], [2, 2]));
    expect(result).toEqual([0, -1000, Number.NaN, Number.NaN]);
  });
});
