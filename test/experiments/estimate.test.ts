import { expect, it } from "vitest";
import { type CostEstimate, costLines, estimateCost } from "../../src/experiments";

const cost: CostEstimate = {
  runs: 4,
  done: 1,
  flop: 8e12,
  flopDone: 2e12,
  rates: { f32: [60e9, 100e9], f64: [50e9, 50e9] },
  place: "2 threads",
  seconds: [60, 100],
};

it("an estimate is printed in a few lines, with the time as a range", () => {
  expect(costLines(cost)).toEqual([
    "4 runs, 1 of them done; 8 TFLOP in all, 6 TFLOP left",
    "matrix products here, on 2 threads: 60 to 100 GFLOP/s in f32, 50 GFLOP/s in f64",
    "at the fastest and the slowest of these speeds the remaining products take 1 min to 1 min 40 s; everything else comes on top",
  ]);
  const busy = costLines({ ...cost, rates: { f32: [1.6e9, 94e9] }, seconds: [64, 3750] });
  expect(busy.slice(1)).toEqual([
    "matrix products here, on 2 threads: 1.6 to 94 GFLOP/s in f32",
    "at the fastest and the slowest of these speeds the remaining products take 1 min 5 s to 1 h 5 min; everything else comes on top",
    expect.stringMatching(/^the speed changes a lot .*: ask again/),
  ]);
});

it("the estimated time is the arithmetic that is left, divided by the speed of each format", async () => {
  const planned = { name: "", runs: 2, done: 1 };
  const runs = [
    { ...planned, format: "f32", flop: 3e9, flopDone: 1e9 },
    { ...planned, format: "f64", flop: 5e9, flopDone: 0 },
  ] as const;
  const { rates, seconds, flop, flopDone } = await estimateCost({ runs, threads: 1 });
  expect([flop, flopDone]).toEqual([8e9, 1e9]);
  const at = (i: 0 | 1) => 2e9 / rates.f32![i] + 5e9 / rates.f64![i];
  expect(seconds[0]).toBeCloseTo(at(1), 9);
  expect(seconds[1]).toBeCloseTo(at(0), 9);
  expect(rates.f32![0]).toBeLessThanOrEqual(rates.f32![1]);
});
