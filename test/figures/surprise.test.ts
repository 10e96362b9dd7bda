import { describe, expect, it } from "vitest";
import { makeConfig, type SurpriseRow, surprise } from "../../src/experiments";
import { drawSurprise } from "../../src/figures";

const config = makeConfig(surprise, {
  set: { dataset: "glyphs", widths: [4, 3], precisions: [16, 32, 64], runs: 2 },
});
const manifest = { environment: { dataset: { description: "made-up digits" } } };

/** Made-up rows of three iterations: a zero at 32 bits in the second; the second run at 16 bits diverges there. */
const rows = ([16, 32, 64] as const).flatMap((precision) =>
  [0, 1].flatMap((trial) =>
    [0, 1, 2].flatMap((iteration): SurpriseRow[] => {
      const diverges = precision === 16 && trial === 1;
      if (diverges && iteration === 2) return [];
      const zero = precision === 32 && iteration === 1;
      return [
        {
          dataset: "glyphs",
          precision,
          trial,
          iteration,
          difference:
            diverges && iteration === 1 ? Number.NaN : precision === 32 && iteration > 0 ? 1e-3 * (trial + 1) : 0,
          control: 0,
          smallest: [zero ? 0 : 2e-7, 3e-6],
          smallestOfAll: zero ? 0 : 2e-7,
          zeros: [zero ? 1 : 0, 0],
          zerosOfAll: zero ? 1 : 0,
          loss1: 2,
          loss0: 2,
          outcome: diverges && iteration === 1 ? "diverged" : iteration === 2 ? "finished" : "running",
          reason: null,
        },
      ];
    }),
  ),
);
const figure = drawSurprise({ rows, config, manifest });
const traces = figure.data as unknown as { name: string; x: number[]; y: (number | null)[]; xaxis?: string }[];
const named = (name: string) => traces.filter((trace) => trace.name === name);

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("every iteration of every run is drawn, and exact zeros have a place of their own", () => {
    const curves = named("64 bits: ReLU'(0) = 1 against 0");
    expect(curves.map(({ x }) => x)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    for (const { y } of curves) expect(Math.max(...(y as number[]))).toBeLessThan(1e-3 * 10 ** -0.1);
    const axis = figure.layout.yaxis as { tickvals: number[]; ticktext: string[]; range: number[] };
    expect(axis.ticktext[0]).toBe("exactly 0");
    for (const { y } of traces.filter(({ xaxis }) => xaxis === undefined)) {
      for (const value of y) if (value !== null) expect(Math.log10(value)).toBeGreaterThan(axis.range[0]!);
    }
    expect(named("32 bits: exact zeros").map(({ x }) => x)).toEqual([[1, 1], []]);
  });

  it("the run that diverged is counted and marked", () => {
    expect(figure.caption).toContain("of 3 iterations. Of 6 runs 5 finished, 1 diverged, 0 failed.");
    expect(named("diverged")[0]!.x).toEqual([1]);
  });

  it("the alternative text says what happened in each precision", () => {
    expect(figure.alt).toContain(
      "32 bits: 1 and 0 differ in 2 of 2 runs (run 1 from iteration 1 on, run 2 from iteration 1 on); the control stays exactly 0 in 2 of 2",
    );
    expect(figure.alt).toContain("16 bits: 1 and 0 differ in 0 of 2 runs; the control stays exactly 0 in 2 of 2");
    expect(figure.alt).toContain("64 bits: 1 and 0 differ in 0 of 2 runs; the control");
  });
});
