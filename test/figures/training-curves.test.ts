import { describe, expect, it } from "vitest";
import { makeConfig, training } from "../../src/experiments";
import { drawTrainingCurves } from "../../src/figures";
import type { Config, Row } from "../../src/runs";

const config = makeConfig(training, {
  set: { dataset: "glyphs", precisions: [16, 32], values: [0, 1], runs: 3, epochs: 2, threads: 1 },
});
const manifest = { environment: { dataset: { description: "made-up digits" } } };

/** Made-up rows: the third run at 16 bits with ReLU'(0) = 1 diverges in its second epoch. */
const rows: Row[] = [16, 32].flatMap((precision) =>
  [0, 1].flatMap((value) =>
    [0, 1, 2].flatMap((trial) =>
      [1, 2].map((epoch): Row => {
        const diverged = precision === 16 && value === 1 && trial === 2 && epoch === 2;
        return {
          dataset: "glyphs",
          network: "mlp",
          batchNorm: false,
          dropout: 0,
          optimizer: "sgd",
          learningRate: 0.01,
          chainRule: "multiply",
          precision,
          value,
          trial,
          epoch,
          trainLoss: diverged ? Number.NaN : 1 / (epoch + trial + 1),
          testAccuracy: diverged ? Number.NaN : 0.9 + 0.01 * trial + 0.02 * epoch,
          testCount: diverged ? 0 : 50,
          outcome: diverged ? "diverged" : epoch === 2 ? "finished" : "running",
        };
      }),
    ),
  ),
);
const figure = drawTrainingCurves({ rows, config: config as unknown as Config, manifest });

describe("the figure", () => {
  it("keeps its specification", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("counts the runs that diverged, marks them, and leaves no epoch out", () => {
    expect(figure.caption).toContain("Runs of each kind: 3; finished 11, diverged 1 of all.");
    const mark = figure.data.find(({ name }) => name === "diverged")!;
    expect([mark.x, mark.y]).toEqual([[2], [expect.closeTo(0.92, 3)]]);
    const curve = figure.table.filter(
      ({ curve, column }) => curve === "16 bits, ReLU'(0) = 1" && column === "trainLoss",
    );
    expect(curve.map(({ n }) => n)).toEqual([3, 2]);
    expect(curve[1]!.mean).toBeCloseTo((1 / 3 + 1 / 4) / 2, 12);
  });

  it("tells curves apart by colour and by dash", () => {
    const curves = figure.data.filter(({ showlegend }) => showlegend === true) as unknown as {
      name: string;
      line: { color: string; dash: string };
    }[];
    expect(curves.map(({ name }) => name)).toEqual([
      "16 bits, ReLU'(0) = 0",
      "16 bits, ReLU'(0) = 1",
      "32 bits, ReLU'(0) = 0",
      "32 bits, ReLU'(0) = 1",
    ]);
    expect(new Set(curves.map(({ line }) => `${line.color} ${line.dash}`)).size).toBe(4);
  });
});
