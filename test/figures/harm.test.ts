import { describe, expect, it } from "vitest";
import { type HarmRow, harm, makeConfig } from "../../src/experiments";
import { armsOf } from "../../src/experiments/harm/arms";
import { rows as schema } from "../../src/experiments/harm/rows";
import { drawHarm } from "../../src/figures";
import { harmArmsTable, harmZerosTable } from "../../src/views";
import { shown } from "../views/shown";

const set = { dataset: "glyphs", widths: [16, 16], images: 1000, epochs: 1, runs: 8, overwrite: ["1/batch", 1, 10] };
const config = makeConfig(harm, { set });
const NOISE = [0.3, -0.2, 0.1, 0.4, -0.5, 0.2, 0, -0.1];

/** Percentage points by arm and trial; null: diverged. */
const changes: Readonly<Record<string, (trial: number) => number | null>> = {
  zero: () => 0,
  null: (t) => NOISE[t]!,
  "multiply 1": (t) => -NOISE[t]! / 2,
  "overwrite 1/batch": (t) => NOISE[7 - t]!,
  "overwrite 1": (t) => NOISE[t]! / 2 - 1.1,
  "overwrite 10": (t) => (t < 5 ? -30 - t : null),
};

/** Made-up rows: zeros are met in every run at 16 bits and in none at 32, of which the last run fails. */
const rows = ([16, 32] as const).flatMap((precision) =>
  NOISE.flatMap((_, trial) =>
    armsOf(config).map((arm): HarmRow => {
      const given = { dataset: "glyphs", label: null, network: "mlp", batchNorm: false, precision, ...arm, trial };
      if (precision === 32 && trial === 7) return schema.failed(given, "no memory");
      const points = precision === 32 ? 0 : changes[arm.arm]!(trial);
      const zeros = precision === 16 ? trial + 1 : 0;
      return {
        ...given,
        ...{ firstStep: zeros > 0 ? trial : null, firstLayer: zeros > 0 ? 1 : null, zeros, zerosByEpoch: [zeros] },
        ...{ computed: zeros > 0 || arm.arm === "zero", epochs: 1, trainLoss: 1 },
        testAccuracy: points === null ? Number.NaN : 0.9 + points / 100,
        distance: points === null ? Number.NaN : Math.abs(points) / 100,
        outcome: points === null ? "diverged" : "finished",
        reason: points === null ? "the loss of batch 3 is NaN" : null,
      };
    }),
  ),
);
const manifest = { environment: { dataset: { description: "made-up digits", count: 1000 } } };
const figure = drawHarm({ rows, config, manifest });
const run = { rows, config, summary: harm.summarize(rows, config) };

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 2) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("every pair is drawn, within the axis or at its edge, and trainings that diverged or failed are counted", () => {
    const of = (axis: string, name: string) =>
      figure.data
        .filter((trace) => trace.xaxis === axis && String(trace.name).endsWith(`: ${name}`))
        .flatMap((trace) => trace.y as number[]);
    const pairs = rows.filter(
      ({ arm, precision, outcome }) => arm !== "zero" && precision === 16 && outcome === "finished",
    );
    expect(of("x", "pair").length + of("x", "outside").length).toBe(pairs.length);
    expect(of("x", "outside")).toHaveLength(5);
    expect(figure.caption).toContain("Of 96 trainings 87 finished, 3 diverged and 6 failed.");
    const notes = (figure.layout.annotations as { text: string }[]).map(({ text }) => text);
    expect(notes).toContain("5 outside,<br>mean −32.00<br>3 diverged");
    expect(notes.filter((text) => text === "1 failed")).toHaveLength(5);
  });

  it("the band is the null's range, and the lines are the declared bound", () => {
    const shapes = figure.layout.shapes as { type: string; y0: number; y1: number; yref: string }[];
    const own = shapes.filter(({ yref }) => yref === "y");
    expect(own.map(({ type }) => type)).toEqual(["rect", "line", "line"]);
    expect(own[0]!.y0).toBeCloseTo(-0.5, 9);
    expect(own[0]!.y1).toBeCloseTo(0.4, 9);
    expect(own.slice(1).map(({ y0 }) => y0)).toEqual([1, -1]);
  });

  it("without rows every panel says so", () => {
    const empty = drawHarm({ rows: [], config, manifest });
    const notes = (empty.layout.annotations as { text: string }[]).filter(({ text }) => text === "<b>no run yet</b>");
    expect(notes).toHaveLength(3);
  });
});

describe("the tables", () => {
  it("an arm has its difference, the null's range, and what is concluded", () => {
    const table = harmArmsTable([run]);
    expect(table).toHaveLength(2 * 5);
    expect(
      shown(
        table
          .map(({ arm, pairs, diverged, difference, worse, better, reading }) => ({
            arm,
            pairs,
            diverged,
            difference,
            worse,
            better,
            reading,
          }))
          .slice(0, 5),
        3,
      ),
    ).toEqual([
      ["null", 8, 0, 0.025, 3, 4, "equivalent"],
      ["multiply 1", 8, 0, -0.0125, 4, 3, "equivalent"],
      ["overwrite 1/batch", 8, 0, 0.025, 3, 4, "equivalent"],
      ["overwrite 1", 8, 0, -1.09, 8, 0, "differs"],
      ["overwrite 10", 5, 3, -32, 8, 0, "differs"],
    ]);
    for (const row of table) {
      // the mean of the null over the same pairs: all eight, or the five whose other training finished
      const nothing = { 8: 0.025, 5: 0.02 }[row.pairs];
      if (nothing === undefined) expect(row).toMatchObject({ difference: null, "beyond the null": null });
      else expect(row["beyond the null"]).toBeCloseTo(row.difference! - nothing, 9);
      if (row.bits === 32)
        expect(row).toMatchObject({ pairs: 0, failed: 1, equal: 7, "ends are": "range", reading: "cannot tell" });
    }
  });

  it("a cell has the number of trainings that met a zero", () => {
    expect(shown(harmZerosTable([run]))).toEqual([
      ["mlp", false, 16, 8, 8, 3.5, 36, 0.9, 0.9],
      ["mlp", false, 32, 8, 0, null, 0, 0.9, 0.9],
    ]);
  });
});
