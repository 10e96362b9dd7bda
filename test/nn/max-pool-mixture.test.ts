/** The mixture of two pools: its value and its gradient, against plain loops, PyTorch and difference quotients. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import { type FormatName, formatOf } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { applyNetwork, createNetwork, type Mixture, maxPool } from "../../src/nn";
import { ops, windowPixels } from "../../src/ops";
import { enginesIn } from "../helpers/engines";
import { numbers } from "./formula";

interface Golden {
  readonly format: FormatName;
  readonly beta: number;
  readonly x: readonly number[];
  readonly g: readonly number[];
  readonly y: readonly number[];
  readonly dx: readonly number[];
}
const file = join(__dirname, "golden", "max-pool-mixture.json");
const golden: { shape: number[]; cases: Golden[] } = JSON.parse(readFileSync(file, "utf8"));
const SHAPE = golden.shape as [number, number, number, number];
const POOLED = [SHAPE[0], SHAPE[1] / 2, SHAPE[2] / 2, SHAPE[3]];

/** The elements of x in each window of 2 × 2, in the order of the result. */
function windows(): number[][] {
  const [batch, height, width, channels] = SHAPE;
  const pixels = windowPixels([height, width], { kernel: [2, 2], stride: [2, 2], padding: [0, 0] });
  return Array.from({ length: batch }, (_, b) => b).flatMap((b) =>
    pixels.flatMap((own) =>
      Array.from({ length: channels }, (_, c) => [...own].map((p) => (b * height * width + p) * channels + c)),
    ),
  );
}

describe.each(enginesIn("f16", "f32", "f64"))("the mixture on $id", ({ id, create, formats: known }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  /** y of a pool with this mixture at x, and the gradient of Σ g·y; β is fed to maxPool.tie, too. */
  async function pooled(mixture: Mixture | undefined, { format, x, g, beta }: Omit<Golden, "y" | "dx">) {
    const [vx, vg] = [input("x", format, SHAPE), input("g", format, POOLED)];
    const { output: y } = applyNetwork(maxPool({ kernel: 2, mixture }), vx);
    const [dx] = gradient(ops.reduceSum(ops.mul(y, vg)), [vx], { kinks: { "maxPool.tie": beta } });
    const program = await engine.compile(graph({ y, dx: dx! }));
    const results = await program.run({ x: tensor(format, x, SHAPE), g: tensor(format, g, POOLED) });
    await program.dispose();
    return { y: [...results.y!.data], dx: [...results.dx!.data] };
  }

  const cases = golden.cases.filter(({ format }) => (known as readonly string[]).includes(format));

  it.each(cases)("in $format with β = $beta it has PyTorch's values and gradients", async (one) => {
    const { y, dx } = await pooled({ tie: one.beta }, one);
    expect(y).toEqual(one.y);
    const { ulp } = formatOf(one.format);
    for (const [i, theirs] of one.dx.entries()) {
      // β/3 of a gradient is rounded once by us and twice by PyTorch
      const unit = ulp(one.beta * Math.max(...one.g.map(Math.abs)));
      expect(Math.abs(dx[i]! - theirs), `element ${i}`).toBeLessThanOrEqual(unit);
    }
  });

  it.each(cases)("in $format with β = $beta the exact gradient is that of the maximum", async (one) => {
    const exact = await pooled(undefined, one);
    const forward = await pooled({ tie: one.beta, gradient: "exact" }, one);
    expect(forward.dx).toEqual(exact.dx);
    expect(forward.y).toEqual(one.y);
    expect(exact.y).toEqual(windows().map((own) => Math.max(...own.map((k) => one.x[k]!))));
  });

  it("a plain loop gives the same values at numbers without ties, and β·m overflows where it exceeds the format", async () => {
    for (const format of known as readonly FormatName[]) {
      const { round } = formatOf(format);
      const x = [...numbers("pool", 96)].map((v) => round(20 * v));
      for (const beta of [-3, 0.3, 7, 999, 10_000]) {
        const { y } = await pooled({ tie: beta }, { format, x, g: new Array(24).fill(1), beta });
        const wide = formatOf(format).accumulator === "f64" ? (v: number) => v : Math.fround;
        const times = (c: number, m: number) => round(wide(wide(c) * m));
        const expected = windows().map((own) => {
          const m = Math.max(...own.map((k) => x[k]!));
          return round(times(beta, m) + times(1 - beta, m));
        });
        expect(y, `${id} ${format} β = ${beta}`).toEqual(expected);
        if (format === "f16" && beta === 10_000) expect(y.some(Number.isNaN)).toBe(true);
      }
    }
  });
});

it("in exact arithmetic the mixture is the maximum: its gradient in f64 agrees with difference quotients", async () => {
  const { create } = enginesIn("f64")[0]!;
  const engine = create();
  const x = input("x", "f64", SHAPE);
  const { output } = applyNetwork(maxPool({ kernel: 2, mixture: { tie: 5 } }), x);
  const of = ops.reduceSum(ops.mul(output, output));
  const program = await engine.compile(graph({ of, dx: gradient(of, [x])[0]! }));
  const at = numbers("smooth", 96);
  const run = (values: ArrayLike<number>) => program.run({ x: tensor("f64", values, SHAPE) });
  const { dx } = await run(at);
  for (let i = 0; i < at.length; i += 7) {
    const value = async (step: number) => (await run(at.map((v, k) => (k === i ? v + step : v)))).of!.data[0]!;
    expect(((await value(1e-6)) - (await value(-1e-6))) / 2e-6).toBeCloseTo(dx!.data[i]!, 6);
  }
  await engine.dispose();
});

it("detach keeps the value and stops the derivative", async () => {
  const { create } = enginesIn("f32")[0]!;
  const engine = create();
  const x = input("x", "f32", [3]);
  const y = ops.mul(x, ops.detach(x));
  const [dx] = gradient(ops.reduceSum(y), [x]);
  const program = await engine.compile(graph({ y, dx: dx! }));
  const results = await program.run({ x: tensor("f32", [-2, 0, 3]) });
  expect([...results.y!.data]).toEqual([4, 0, 9]);
  expect([...results.dx!.data]).toEqual([-2, 0, 3]);
  await engine.dispose();
});

it("a mixture that is no number, and one for a network without pools, are refused", () => {
  expect(() => maxPool({ kernel: 2, mixture: { tie: Number.NaN } })).toThrow(
    "mixture, tie: must be a finite number, got NaN",
  );
  expect(() => maxPool({ kernel: 2, mixture: { tie: 1, gradient: "none" as "exact" } })).toThrow(
    'mixture, gradient: must be mixed or exact, got "none"',
  );
  expect(() => ops.maxPool(input("x", "f32", [1, 2, 2, 1]), { kernel: 2, tie: Number.POSITIVE_INFINITY })).toThrow(
    "maxPool, tie: must be a finite number, got Infinity",
  );
  expect(() => createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, maxPoolMixture: { tie: 1 } })).toThrow(
    "mlp, maxPoolMixture: must be absent; mlp has no max-pool",
  );
});
