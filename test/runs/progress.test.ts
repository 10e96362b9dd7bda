import { describe, expect, it } from "vitest";
import { progressMeter } from "../../src/runs";

describe("progressMeter", () => {
  it("the time left is estimated from the units of this session only", () => {
    let clock = 5000;
    const meter = progressMeter(100, 40, { unit: "steps", now: () => clock });
    expect(meter.current()).toEqual({ done: 40, total: 100, unit: "steps" });
    clock += 2000;
    expect(meter.advance({ label: "f32" })).toEqual({
      done: 41,
      total: 100,
      unit: "steps",
      secondsLeft: 118,
      label: "f32",
    });
    clock += 1000;
    expect(meter.advance({ units: 19 }).secondsLeft).toBeCloseTo((3 / 20) * 40, 12);
  });

  it("units are weighed by their cost", () => {
    let clock = 0;
    // one cheap unit and one that costs nine times as much
    const meter = progressMeter(2, 0, { totalCost: 10, now: () => clock });
    clock = 1000;
    expect(meter.advance({ cost: 1 })).toEqual({ done: 1, total: 2, unit: "runs", secondsLeft: 9 });
    expect(meter.advance({ cost: 9 }).secondsLeft).toBe(0);
  });

  it("a total or a number done that is out of range is refused", () => {
    expect(() => progressMeter(-1)).toThrow("progressMeter: total must be 0 or more, got -1");
    expect(() => progressMeter(3, 4)).toThrow("progressMeter: done must be from 0 to 3, got 4");
  });
});
