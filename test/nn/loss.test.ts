/** The L1 loss at equality, which quantised targets hit in every precision. */
import { describe, expect, it } from "vitest";
import { gradient, kinkHits, kinkSites } from "../../src/autodiff";
import { referenceEngine } from "../../src/engines";
import { type FormatName, formatOf } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { l1Loss } from "../../src/nn";
import { stream } from "../../src/util";

describe("l1Loss", () => {
  it.each<FormatName>(["f16", "bf16", "f32", "f64"])(
    "targets on a grid are hit in %s where the prediction lies on it, and the value at the kink counts there alone",
    async (format) => {
      const n = 256;
      const random = stream(13, "quantised");
      const onGrid = () => random.integer(8) / 8;
      const y = Array.from({ length: n }, onGrid);
      // every second prediction lies on the grid, the others lie between its points
      const x = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? onGrid() : onGrid() + 1 / 16));
      const [prediction, target] = [input("x", format, [n]), input("y", format, [n])];
      const loss = l1Loss(prediction, target);
      const [site] = kinkSites([loss]);
      const [low, high] = [-1, 1].map((s) => gradient(loss, [prediction], { kinks: { "abs.zero": s } })[0]!);
      const program = await referenceEngine().compile(graph({ loss, hits: kinkHits(site!), low: low!, high: high! }));
      const results = await program.run({ x: tensor(format, x), y: tensor(format, y) });
      const equal = x.map((v, i) => v === y[i]);
      const hits = equal.filter((v) => v).length;
      expect(hits).toBeGreaterThan(8);
      expect(results.hits!.data[0]).toBe(hits);
      const differs = equal.map((_, i) => results.low!.data[i] !== results.high!.data[i]);
      expect(differs).toEqual(equal);
      expect(results.high!.data[equal.indexOf(true)]).toBe(1 / n);
      const mean = x.reduce((sum, v, i) => sum + Math.abs(v - y[i]!), 0) / n;
      expect(Math.abs(Number(results.loss!.data[0]) - mean)).toBeLessThanOrEqual(formatOf(format).ulp(mean));
    },
  );

  it("targets of another shape or format are refused", () => {
    const x = input("x", "f32", [3]);
    expect(() => l1Loss(x, input("y", "f32", [1]))).toThrow('l1Loss: targets must be f32[3], got "f32[1]"');
    expect(() => l1Loss(x, input("y", "f64", [3]))).toThrow('l1Loss: targets must be f32[3], got "f64[3]"');
  });
});
