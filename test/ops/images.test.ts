/** Convolution and pooling at numbers that can be worked out by hand, and the conventions at ties of maxima. */
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import { formatNames, formats, type NamedFormat } from "../../src/formats";
import { graph, input, type Tensor, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { enginesIn } from "../helpers/engines";
import { evaluate } from "../helpers/evaluate";

const ramp = (shape: number[], from = 1) =>
  tensor(
    "f64",
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i),
    shape,
  );

describe("conv2d", () => {
  it("a convolution is a cross-correlation: the kernel is not turned", async () => {
    const x = tensor("f64", [0, 0, 0, 0, 1, 0, 0, 0, 0], [1, 3, 3, 1]);
    const y = await evaluate((x, w) => ops.conv2d(x!, w!, { padding: 1 }), x, ramp([1, 3, 3, 1]));
    expect([...y.data]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it("a convolution sums over channels and adds the bias of each feature", async () => {
    const [x, w, b] = [ramp([1, 1, 1, 3]), ramp([2, 1, 1, 3]), tensor("f64", [100, 200])];
    const y = await evaluate((x, w, b) => ops.conv2d(x!, w!, { bias: b! }), x, w, b);
    expect([...y.data]).toEqual([100 + 1 + 4 + 9, 200 + 4 + 10 + 18]);
  });

  it("a convolution steps by its stride and drops what does not fill a window", async () => {
    const one = tensor("f64", [1], [1, 1, 1, 1]);
    const y = await evaluate((x, w) => ops.conv2d(x!, w!, { stride: [2, 3] }), ramp([1, 4, 5, 1]), one);
    expect(y.shape).toEqual([1, 2, 2, 1]);
    expect([...y.data]).toEqual([1, 4, 11, 14]);
  });
});

describe("averagePool", () => {
  it("average pooling counts the padding's zeros, as PyTorch does", async () => {
    const y = await evaluate((x) => ops.averagePool(x!, { kernel: 2, stride: 2, padding: 1 }), ramp([1, 2, 2, 1], 4));
    expect([...y.data]).toEqual([1, 1.25, 1.5, 1.75]);
  });
});

const { NaN: nan, NEGATIVE_INFINITY: low } = Number;

/** Windows: one maximum; two, the first of which is not the first element; four; all −∞. [1, 2, 8, 1] */
const windows = tensor("f64", [1, 2, 0, 5, 7, 7, low, low, 3, 0, 5, 1, 7, 7, low, low], [1, 2, 8, 1]);
const incoming = [8, 16, 32, 64];

/** −∞, or the lowest number of a format without infinities. */
const lowest = (format: NamedFormat) => (formats[format].infinite ? low : -formats[format].largest);

describe.each(enginesIn("f16", "f32", "f64"))("the gradient of maxPool on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  async function gradientAt(x: Tensor, g: readonly number[], tie: number | undefined, format: NamedFormat, kernel = 2) {
    const [xs, shares] = [input("x", format, x.shape), input("tie", format, [])];
    const y = ops.maxPool(xs, { kernel, stride: 2, padding: kernel === 3 ? 1 : 0 });
    const weighted = ops.reduceSum(ops.mul(y, input("g", format, y.shape)));
    const [dx] = gradient(weighted, [xs], tie === undefined ? {} : { kinks: { "maxPool.tie": shares } });
    const program = await engine.compile(graph({ y, dx: dx! }));
    const given: Record<string, Tensor> = tie === undefined ? {} : { tie: tensor(format, tie) };
    const numbers = x.data.map((v) => (v === low ? lowest(format) : v));
    const feeds = { x: tensor(format, numbers, x.shape), g: tensor(format, g, y.shape), ...given };
    const results = await program.run(feeds);
    await program.dispose();
    return { dx: [...results.dx!.data], y: [...results.y!.data] };
  }

  describe.each(formatNames)("%s", (format) => {
    const expected = {
      first: [0, 0, 0, 16, 32, 0, 64, 0, 8, 0, 0, 0, 0, 0, 0, 0],
      shares: [0, 0, 0, 8, 8, 8, 16, 16, 8, 0, 8, 0, 8, 8, 16, 16],
    };
    const mix = (beta: number) => expected.first.map((first, i) => (1 - beta) * first + beta * expected.shares[i]!);

    it("the gradient goes to the first maximum in scan order, unless another convention is asked for", async () => {
      expect((await gradientAt(windows, incoming, undefined, format)).dx).toEqual(expected.first);
      expect((await gradientAt(windows, incoming, 0, format)).dx).toEqual(expected.first);
    });

    it("the gradient may be shared equally or mixed, and the maximum stays exact", async () => {
      for (const beta of [1, 0.5, 8, -2]) {
        const { dx, y } = await gradientAt(windows, incoming, beta, format);
        expect(dx, `β = ${beta}`).toEqual(mix(beta));
        expect(y).toEqual([3, 5, 7, lowest(format)]);
      }
    });

    it("the gradient sums what overlapping windows hand back", async () => {
      const { round } = formats[format];
      const x = tensor("f64", [0, 0, 0, 0, 9, 0, 0, 0, 9], [1, 3, 3, 1]);
      // 3 × 3, stride 2, padding 1: the middle is in all four windows, the last pixel in one of them
      const { dx, y } = await gradientAt(x, [1, 2, 4, 8], 0, format, 3);
      expect(y).toEqual(new Array(4).fill(round(9)));
      expect(dx).toEqual([0, 0, 0, 0, round(15), 0, 0, 0, 0]);
      expect((await gradientAt(x, [1, 2, 4, 8], 1, format, 3)).dx).toEqual([0, 0, 0, 0, round(11), 0, 0, 0, 4]);
    });

    it("the padding gets no gradient where all of a window is −∞", async () => {
      const x = tensor("f64", new Array(4).fill(low), [1, 2, 2, 1]);
      expect((await gradientAt(x, [8], 0, format, 3)).dx).toEqual([8, 0, 0, 0]);
      expect((await gradientAt(x, [8], 1, format, 3)).dx).toEqual([2, 2, 2, 2]);
    });

    it("a NaN is passed on, forwards and backwards", async () => {
      const x = tensor("f64", [1, nan, 3, 4], [1, 2, 2, 1]);
      expect((await gradientAt(x, [1], 0, format)).y).toEqual([nan]);
      const finite = tensor("f64", [1, 2, 3, 4], [1, 2, 2, 1]);
      expect((await gradientAt(finite, [nan], 0, format)).dx[3]).toBeNaN();
    });
  });
});

describe("batchNorm", () => {
  it("each channel gets mean 0 and variance 1, then its scale and shift", async () => {
    const x = tensor("f64", [1, 10, 3, 30, 5, 20, 7, 60], [4, 2]);
    const [scale, shift] = [tensor("f64", [1, 2]), tensor("f64", [0, 5])];
    const y = await evaluate((x, a, b) => ops.batchNorm(x!, a!, b!, 0), x, scale, shift);
    const column = (k: number) => [...y.data].filter((_, i) => i % 2 === k);
    const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length;
    const variance = (v: number[]) => mean(v.map((e) => (e - mean(v)) ** 2));
    expect(mean(column(0))).toBeCloseTo(0, 14);
    expect(variance(column(0))).toBeCloseTo(1, 14);
    expect(mean(column(1))).toBeCloseTo(5, 14);
    expect(variance(column(1))).toBeCloseTo(4, 13);
    const v = await evaluate((x) => ops.batchVariance(x!), x);
    expect([...v.data]).toEqual([5, 350]);
  });

  it("batchNorm rounds once in half precision, and a sum beyond its range does no harm", async () => {
    const x = tensor("f16", [65504, 65504, 65504, 65472], [4, 1]);
    const one = tensor("f16", [1]);
    const y = await evaluate((x, a, b) => ops.batchNorm(x!, a!, b!, 0), x, one, tensor("f16", [0]));
    expect([...y.data].map((v) => Math.round(v * 100) / 100)).toEqual([0.58, 0.58, 0.58, -1.73]);
  });
});
