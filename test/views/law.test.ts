/** Tables of made-up cells, computed a second time by hand. */
import { describe, expect, it } from "vitest";
import { type LawRow, law, makeConfig } from "../../src/experiments";
import { lawOperationsTable, lawTable } from "../../src/views";

const config = makeConfig(law, {
  set: { networks: [{ network: "resnet18", batchNorm: true }], precisions: [16, 32], runs: 2 },
});
const rows = ([16, 32] as const).flatMap((precision) =>
  [0, 1].map(
    (trial): LawRow => ({
      ...{ dataset: "mnist", network: "resnet18", widths: "", batchNorm: true, precision, order: "engine", trial },
      ...{ outcome: "done", images: 100, madeBy: ["batchNorm", "add", "add"], calls: [10, 20, 30], reason: null },
      hitsByLayer: precision === 16 ? [1, 4, 6 + 2 * trial] : [0, 0, trial],
      forcedByLayer: [0, 0, 0],
      predictedByLayer: trial === 0 ? [2, 5, 6] : [],
      errorByLayer: trial === 0 ? [0.1, 0.1, 0.1] : [],
      samplesByLayer: trial === 0 ? [9, 9, 9] : [],
    }),
  ),
);
const run = { summary: law.summarize(rows, config) };

describe("tables of the law", () => {
  it("each cell has its counted and predicted zeros, and the share that meets one", () => {
    const [first, second] = lawTable([run]);
    expect(first).toMatchObject({
      cell: "ResNet18 + BN, 16 bits",
      images: 100,
      initialisations: 2,
      counted: 12,
      predicted: 13,
    });
    expect(first!.ratio).toBeCloseTo(12 / 13, 12);
    expect(second).toMatchObject({ counted: 0.5, "share with a zero": 0.5, "share predicted": 1 - Math.exp(-13) });
  });

  it("layers are pooled by precision and operation", () => {
    const table = lawOperationsTable([run]);
    expect(table).toHaveLength(4);
    expect(table.find((row) => row.precision === 16 && row["made by"] === "add")).toEqual({
      ...{ precision: 16, "made by": "add", layers: 2, calls: 5000, counted: 11, predicted: 11, ratio: 1 },
    });
  });
});
