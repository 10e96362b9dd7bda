import { describe, expect, it } from "vitest";
import { zeroStrip } from "../../src/figures/vocabulary";

const log = Math.log10;

describe("the strip below a logarithmic axis", () => {
  const { zero, lane, axis, shapes } = zeroStrip({ suffix: "2" }, [-9.2, -6.1]);
  const { range, tickvals, ticktext } = axis as { range: [number, number]; tickvals: number[]; ticktext: string[] };

  it("a zero lies below every number of the axis, and inside the axis", () => {
    expect(log(zero)).toBeLessThan(-9.2);
    expect(log(zero)).toBeGreaterThan(range[0]);
    expect(range[1]).toBe(-6.1);
    expect([ticktext[0], tickvals[0]]).toEqual(["exactly 0", zero]);
    expect(ticktext.slice(1)).toEqual([-9, -8, -7].map((power) => `10<sup>${power}</sup>`));
  });

  it("the ground ends where the numbers begin, and all lanes lie on it, from top to bottom", () => {
    const [ground] = shapes as unknown as { y0: number; y1: number; yref: string }[];
    expect([ground!.yref, ground!.y0]).toEqual(["y2 domain", 0]);
    const top = range[0] + ground!.y1 * (range[1] - range[0]);
    expect(top).toBeCloseTo(-9.2, 9);
    const lanes = [0, 1, 2, 3].map((k) => log(lane(k, 4)));
    for (const [k, y] of lanes.entries()) {
      expect(y).toBeLessThan(k === 0 ? top : lanes[k - 1]!);
      expect(y).toBeGreaterThan(range[0]);
    }
    expect(lane(0, 1)).toBeCloseTo(zero, 15);
  });

  it("in a few decades there are ticks between the powers of ten; one decade at least is shown", () => {
    const few = zeroStrip({ suffix: "" }, [-0.05, 0.05]).axis as { range: [number, number]; tickvals: number[] };
    expect(few.range[1]).toBeCloseTo(0.95, 9);
    expect(few.tickvals.slice(1)).toEqual([1, 2, 5]);
  });
});
