import { describe, expect, it } from "vitest";
import { type MaxPoolTiesRow, makeConfig, maxPoolTies } from "../../src/experiments";
import { drawMaxPoolTies } from "../../src/figures";
import { cellsOf } from "../helpers/rows";

const set = { dataset: "mnist", ties: [0, 1000], poolings: ["exact", "mixed"], runs: 2, epochs: 1, images: 100 };
const config = makeConfig(maxPoolTies, { set });
/** Made-up rows: at 16 bits and β = 1000 both mixtures diverge, and one exact training ends at chance. */
const rows = maxPoolTies.schema.parse(config).precisions.flatMap((precision) =>
  config.poolings.flatMap((pooling) =>
    config.ties.flatMap((tie) =>
      [0, 1].map((trial): MaxPoolTiesRow => {
        const isLost = precision === 16 && tie === 1000;
        const diverged = isLost && pooling === "mixed";
        const accuracy = isLost && trial === 0 ? 0.11 : 0.9 + trial / 100;
        return {
          ...{ dataset: "mnist", label: null, network: "lenet5", batchNorm: false, precision, pooling, tie, trial },
          ...{ epoch: 1, samples: 100, windows: 1000, tied: 500, tiedAtZero: 400, trainLoss: 1 },
          testAccuracy: diverged ? null : accuracy,
          outcome: diverged ? "diverged" : "finished",
          reason: diverged ? "the loss of batch 0 is NaN" : null,
        };
      }),
    ),
  ),
);
const manifest = { environment: { dataset: { description: "made-up digits", count: 100 } } };
const figure = drawMaxPoolTies({ rows, config, manifest });

describe("the figure", () => {
  it("the figure's specification matches the snapshot", () => {
    const rounded = JSON.parse(JSON.stringify({ ...figure, table: figure.table.slice(0, 3) }), (_, v) =>
      typeof v === "number" ? Number(v.toPrecision(6)) : v,
    );
    expect(rounded).toMatchSnapshot();
  });

  it("every training is a point or is counted below the axis, and the caption counts those that are lost", () => {
    const of = (name: RegExp) => figure.data.filter((trace) => name.test(String(trace.name)));
    const points = of(/^(exact|rounded)/).flatMap(({ y }) => y as number[]);
    const crosses = of(/^diverged/).flatMap(({ text }) => text as string[]);
    expect(points.length + crosses.reduce((n, text) => n + Number(text), 0)).toBe(16);
    expect(figure.caption).toContain("Of 16 runs 14 finished, 2 diverged");
    for (const words of [figure.caption, figure.alt])
      expect(words).toContain("of 2: at 16 bits and β = 1000: exact 1, mixed 2.");
  });

  it("the published means and failures of the same network are beside them", () => {
    const theirs = figure.table.map(cellsOf).filter(({ source }) => source === "published");
    expect(theirs.map(({ precision, tie, failed }) => [precision, tie, failed])).toEqual([
      [16, 0, 0],
      [16, 1000, 10],
      [32, 0, 0],
      [32, 1000, 0],
    ]);
    const other = drawMaxPoolTies({ rows, config: { ...config, dataset: "glyphs" }, manifest });
    expect(other.table.map(cellsOf).every(({ source }) => source === "ours")).toBe(true);
  });
});
