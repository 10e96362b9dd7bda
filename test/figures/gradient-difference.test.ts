import { describe, expect, it } from "vitest";
import { type GradientDifferenceRow, gradientDifference, makeConfig } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/gradient-difference/rows";
import { drawGradientDifference } from "../../src/figures";
import { wilson } from "../../src/util";

const config = makeConfig(gradientDifference, { set: { dataset: "glyphs", images: 2560, runs: 2 } });
/** Made-up rows: differences on four mini-batches at 16 bits, on one at 32; the second run at 64 bits fails. */
const rows = ([16, 32, 64] as const).flatMap((precision) =>
  (["multiply", "overwrite"] as const).flatMap((chainRule) =>
    [0, 1].map((trial): GradientDifferenceRow => {
      const given = { dataset: "glyphs", width: 256, depth: 3, precision, chainRule, trial };
      if (precision === 64 && trial === 1) return schema.failed(given, "no memory");
      const factor = chainRule === "multiply" ? 0.001 : 10;
      const own = precision === 16 ? [0, factor * (1 + trial)] : precision === 32 && trial === 0 ? [factor] : [];
      const sizes = { relativeL1: own, relativeL2: own, relativeL1FirstLayer: own, relativeL2FirstLayer: own };
      const counts = { batches: 10, withHit: own.length, hits: own.length, notANumber: 0 };
      const differences = { different: own.length, differentFirstLayer: own.length, where: [...own.keys()] };
      return { ...given, outcome: "finished", ...counts, ...differences, ...sizes, reason: null };
    }),
  ),
);
const manifest = { environment: { dataset: { description: "made-up digits" } } };
const figure = drawGradientDifference({ rows, config, manifest });
const trace = (name: string) => figure.data.find((one) => one.name === name)!;

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("sizes that a logarithmic axis cannot show count in the curve, and the caption says how many", () => {
    const { x, y } = trace("16 bits, multiply");
    expect([x, y]).toEqual([
      [0.001, 0.001, 0.002],
      [0.5, 0.75, 1],
    ]);
    expect(figure.caption).toContain("sizes of 0 or infinity, which the axis cannot show: 4.");
  });

  it("the caption says how many runs and mini-batches there were, and how many runs failed", () => {
    expect(figure.caption).toContain("16 bits: 2 initialisations, 4 of 20 mini-batches; 32 bits");
    expect(figure.caption).toContain(
      "64 bits: 1 initialisation, 0 of 10 mini-batches. overwrite gives the same counts.",
    );
    expect(figure.caption).toContain("Failed: 2;");
  });

  it("a share of 0 is drawn in the strip of exact zeros, with a bar to the upper end of its interval", () => {
    const { y, error_y } = trace("share of mini-batches");
    const { tickvals, ticktext } = figure.layout.yaxis2 as { tickvals: number[]; ticktext: string[] };
    const { array, arrayminus } = error_y as { array: number[]; arrayminus: (number | null)[] };
    expect([ticktext[0], (y as number[])[2]]).toEqual(["exactly 0", tickvals[0]]);
    expect(array[2]! + tickvals[0]!).toBeCloseTo(wilson(0, 10).high, 12);
    expect(arrayminus[2]).toBeNull();
  });
});
