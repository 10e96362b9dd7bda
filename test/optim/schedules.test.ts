import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkSchedule, type Schedule, scheduleFactor } from "../../src/optim";

interface Golden {
  lr: number;
  cases: { schedule: Schedule; rates: number[] }[];
}
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "schedules.json"), "utf8")) as Golden;

describe("a schedule", () => {
  it.each(golden.cases)("the rates of $schedule are PyTorch's", ({ schedule, rates }) => {
    expect(checkSchedule(schedule)).toBe(schedule);
    for (const [epoch, rate] of rates.entries()) {
      const lr = golden.lr * scheduleFactor(schedule, epoch);
      expect(Math.abs(lr - rate), `epoch ${epoch}`).toBeLessThanOrEqual(1e-15);
    }
  });

  it("a warm-up changes the rate within an epoch, and other schedules change it between epochs", () => {
    const step: Schedule = { kind: "step", every: 1, gamma: 0.5 };
    const warm: Schedule = { kind: "warmup", epochs: 2, start: 0.5, schedule: step };
    expect(scheduleFactor(step, 1, 0.9)).toBe(0.5);
    expect([0, 0.5].map((fraction) => scheduleFactor(warm, 0, fraction))).toEqual([0.5, 0.625]);
    expect([0, 0.5].map((fraction) => scheduleFactor(warm, 1, fraction))).toEqual([0.375, 0.4375]);
    expect([0, 0.5].map((fraction) => scheduleFactor(warm, 2, fraction))).toEqual([0.25, 0.25]);
  });

  it.each([
    [-1, 0, "epoch: must be an integer, at least 0, got -1"],
    [0.5, 0, "epoch: must be an integer, at least 0, got 0.5"],
    [0, 1, "fraction of the epoch: must be in [0, 1), got 1"],
    [0, Number.NaN, "fraction of the epoch: must be in [0, 1), got NaN"],
  ])("epoch %s with fraction %s is refused", (epoch, fraction, message) => {
    expect(() => scheduleFactor({ kind: "constant" }, epoch, fraction)).toThrow(message);
  });

  it("what is no schedule is refused", () => {
    const wrong = { kind: "cosinus" } as unknown as Schedule;
    expect(() => scheduleFactor(wrong, 0)).toThrow("schedule, kind: must be one of constant, cosine, step, warmup");
  });
});

describe("what checkSchedule refuses", () => {
  const warm = (schedule: unknown) => ({ kind: "warmup", epochs: 1, schedule });
  it.each([
    ["cosine", 'schedule: must be an object, as { kind: "constant" }, got "cosine"'],
    [null, 'schedule: must be an object, as { kind: "constant" }, got null'],
    [
      { kind: "cosinus" },
      'schedule, kind: must be one of constant, cosine, step, warmup, got "cosinus"\nHint: did you mean cosine?',
    ],
    [{ kind: "toString" }, 'schedule, kind: must be one of constant, cosine, step, warmup, got "toString"'],
    [{}, "schedule, kind: must be one of constant, cosine, step, warmup, got undefined"],
    [{ kind: "cosine" }, "schedule cosine, epochs: must be a positive integer, got undefined"],
    [{ kind: "cosine", epochs: 1.5 }, "schedule cosine, epochs: must be a positive integer, got 1.5"],
    [{ kind: "cosine", epochs: 2, floor: 2 }, "schedule cosine, floor: must be in [0, 1], got 2"],
    [{ kind: "step", every: 0 }, "schedule step, every: must be a positive integer, got 0"],
    [{ kind: "step", every: 1, gamma: 0 }, "schedule step, gamma: must be in (0, 1], got 0"],
    [
      { kind: "step", every: 1, gama: 0.1 },
      'schedule step: keys must be among kind, every, gamma, got "gama"\nHint: did you mean gamma?',
    ],
    [warm(undefined), 'schedule warmup, schedule: must be an object, as { kind: "constant" }, got undefined'],
    [warm({ kind: "step" }), "schedule warmup, schedule step, every: must be a positive integer, got undefined"],
  ])("the schedule %o is refused", (schedule, message) => {
    expect(() => checkSchedule(schedule)).toThrow(message);
  });
});
