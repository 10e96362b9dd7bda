/** Grids of sums, against sums that are rounded step by step and against every point of a grid. */
import { describe, expect, it } from "vitest";
import { createEngine } from "../../../src/engines";
import { commonGrid, gridOfSum, lengthOfZero, lowestBit, type PartialSum } from "../../../src/experiments/law/lattice";
import { combine, type OrderName, orderOf, partsOf } from "../../../src/experiments/law/orders";
import { formatOf } from "../../../src/formats";
import { graph, input, tensor } from "../../../src/ir";
import { ops } from "../../../src/ops";
import { stream } from "../../../src/util";

describe("grids", () => {
  it("the lowest bit of a number is the largest power of two of which it is a multiple", () => {
    const slow = (x: number) => {
      let bit = 2 ** 50;
      while (Math.abs(x) < bit || !Number.isInteger(x / bit)) bit /= 2;
      return bit;
    };
    for (const x of [1, -1, 3, 0.75, 6, 1 / 3, -(2 ** -1074), 5 * 2 ** -1070, 2 ** -1022, 2 ** 40 + 2 ** 20])
      expect(lowestBit(x), String(x)).toBe(slow(x));
    expect(lowestBit(0)).toBe(Number.POSITIVE_INFINITY);
    expect(commonGrid([6, 0, -4, 12])).toBe(2);
  });

  it.each(["f16", "e5p11", "e5p11-flush", "e3p2-flush", "e8p8-flush"] as const)(
    "in %s the length of a zero is that of the grid's points which the engine rounds to 0",
    async (name) => {
      const format = formatOf(name);
      const engine = await createEngine("reference");
      const x = input("x", "f64", [257]);
      const program = await engine.compile(graph({ stored: ops.cast(x, name) }));
      for (const exponent of [-6, -4, -3, -2, -1, 0, 2]) {
        for (const factor of [1, 1.25]) {
          const grid = factor * format.smallestSubnormal * 2 ** exponent;
          const points = Float64Array.from({ length: 257 }, (_, i) => (i - 128) * grid);
          const { stored } = await program.run({ x: tensor("f64", points, [257]) });
          const zeros = stored!.data.filter((y) => y === 0).length;
          expect(lengthOfZero(grid, format), `${factor} · 2^${exponent}`).toBe(zeros * grid);
        }
      }
      await program.dispose();
      expect(lengthOfZero(Number.POSITIVE_INFINITY, format)).toBe(0);
    },
  );

  it("without subnormal numbers a zero stands for what P bits do not round up to the smallest normal number", () => {
    const format = formatOf("e5p4-flush");
    const { smallestNormal: s } = format;
    expect(lengthOfZero(s * 2 ** -20, format) / s).toBeCloseTo(2 * (1 - 2 ** -5), 4);
    expect([s * (1 - 2 ** -5), s * (1 - 2 ** -5 - 2 ** -20)].map(format.round)).toEqual([s, 0]);
  });
});

describe("orders", () => {
  it("parts cover the terms once, and pairs add them as NumPy's pairwise sum does", () => {
    expect(partsOf(10, 4)).toEqual([[0, 4], [4, 8], [8, 10]]); // biome-ignore format: short
    const say = (name: OrderName, parts: string[]) => combine(parts, "b", orderOf(name, 80, 4), (a, b) => `(${a}${b})`);
    expect(say("pairwise-16", ["1", "2", "3", "4", "5"])).toBe("((((12)(34))5)b)");
    expect(say("parts-16", ["1", "2", "3"])).toBe("(((12)3)b)");
    expect(say("bias-first", ["1", "2"])).toBe("((b1)2)");
  });

  it("the engine's parts have 128 terms, more for narrow results, less where the sum is short", () => {
    const part = (terms: number, columns: number) => orderOf("engine", terms, columns).part;
    expect([part(784, 256), part(256, 256), part(784, 64), part(784, 16), part(16, 16)]).toEqual([
      128, 128, 256, 1024, 16,
    ]);
  });
});

describe("the grid of a sum", () => {
  const format = formatOf("e8p8");
  const random = stream(1, "grids");
  const number = () => format.round(2 * random.uniform() - 1);

  it.each<OrderName>(["in-turn", "parts-16", "pairwise-16", "bias-first"])(
    "a rounded sum, added %s, is a multiple of it, and often of nothing larger",
    (name) => {
      const order = orderOf(name, 40, 1);
      let exact = 0;
      for (let trial = 0; trial < 200; trial++) {
        const products = Array.from({ length: 40 }, () => number() * number());
        const bias = number() / 8;
        const parts = partsOf(40, order.part).map(([from, to]) =>
          products.slice(from, to).reduce((sum, x) => format.round(sum + x)),
        );
        const added = (a: number, b: number) => format.round(format.round(a) + format.round(b));
        const total = combine(parts, bias, order, added);
        const of = (value: number): PartialSum => ({ value, grid: lowestBit(value) });
        const places = products.map((_, i) => i);
        const grid = gridOfSum(products.map(of), places, 40, { bias: of(bias), order, ulp: format.ulp, target: total });
        // without the factor for few products, which is between 1 and 2 for each bit
        const power = 2 ** Math.floor(Math.log2(grid));
        if (total === 0 || Number.isInteger(total / Math.min(power, format.ulp(total)))) exact++;
      }
      // values of partial sums are only about those of the rounded ones, so an ulp may be taken from the next binade
      expect(exact).toBeGreaterThan(190);
    },
  );

  it("a sum without a term is on no grid, and a bias alone is never 0", () => {
    const options = { order: orderOf("in-turn", 4, 1), ulp: format.ulp, target: 0 };
    expect(gridOfSum([], [], 4, options)).toBe(Number.POSITIVE_INFINITY);
    expect(gridOfSum([], [], 4, { ...options, bias: { value: 0.5, grid: 2 ** -8 } })).toBe(Number.POSITIVE_INFINITY);
  });
});
