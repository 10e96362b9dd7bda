/** Tables of networks' mini-batches: the rows of notebooks 06 and 09. */
import { describe, expect, it } from "vitest";
import { bifurcationFrequencyNetworks, reluFamily } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/bifurcation-frequency-networks/rows";
import { published } from "../../src/figures";
import {
  comparedBatchesTable,
  kinkBatchesTable,
  networkBatchesTable,
  pooledBatchesTable,
  publishedNetworksTable,
  reachedTable,
  residualZerosTable,
} from "../../src/views";
import { answered, committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = committedRun(bifurcationFrequencyNetworks);
const { cells } = run.summary;

/** A made-up row, but for its network and its places. */
const GIVEN = { dataset: "glyphs", label: null, activation: "relu", kinks: "relu.zero 0 | 1" } as const;
const FOUND = {
  outcome: "done",
  ...{ batches: 10, withHit: 0, withRoundedHit: 0, different: 0, differentFirstLayer: 0, notANumber: 0 },
  ...{ firstHit: null, firstRoundedHit: null, firstNotANumber: null },
  ...{ firstDifferent: null, firstDifferentFirstLayer: null, medianRelativeL2FirstLayer: null },
  ...{ preActivations: 1000, hits: 0, forcedHits: 0, kinksByPlace: [], reason: null },
} as const;

it("mini-batches are counted by cell", () => {
  const rows = networkBatchesTable(cells);
  expect(shown(rows.slice(0, 4), 3)).toEqual([
    ["vgg11", 16, 150, 0, 0, 103, 103, 46, 46, 2.31e-7, 0, 0.0211],
    ["vgg11", 32, 150, 0, 0, 8, 8, 2, 2, 1.1e-8, 0, 0.00481],
    ["vgg11", 64, 150, 0, 0, 0, 0, 0, 0, 0, null, null],
    ["vgg11 + BN", 16, 150, 0, 0, 4, 4, 2, 2, 1.1e-8, 0, 0.00137],
  ]);
});

it("our shares stand beside the published ones, and are null where there are none", () => {
  const rows = publishedNetworksTable(cells, published("bifurcation-frequency-networks"));
  expect(rows).toHaveLength(8);
  expect(shown([rows[1]!, rows[3]!], 3)).toEqual([
    ["vgg11 + BN", 16, 1000, 4825, 0.207, 0.0133, 0.00366, 0.0473],
    ["vgg11 + BN", 32, 1000, 3728, 0.268, 0.02, 0.00682, 0.0571],
  ]);
  const none = publishedNetworksTable([], published("bifurcation-frequency-networks"));
  for (const { ours, low, high } of none) expect([ours, low, high]).toEqual([null, null, null]);
});

describe("zeros", () => {
  it("zeros are counted after convolutions, after residual sums and in the stem", () => {
    const rows = residualZerosTable(run.rows);
    expect(rows).toHaveLength(18);
    expect(shown(rows.slice(0, 3))).toEqual([
      [false, 16, "after a convolution", 11, 0],
      [false, 16, "after a residual sum", 21733, 0],
      [false, 16, "stem", 14, 0],
    ]);
    let [hits, all] = [0, 0];
    for (const row of answered(run.rows)) if (row.network === "resnet18") hits += row.hits;
    for (const row of rows) all += row["zeros, not forced"] + row["zeros, forced"];
    expect(all).toBe(hits);
  });

  it("forced zeros are counted apart, and a run that failed has no zeros", () => {
    const trial = (number: number, network = "resnet18") =>
      ({ ...GIVEN, network, batchNorm: true, precision: 16, trial: number }) as const;
    const rows = residualZerosTable([
      { ...trial(0), ...FOUND, hitsByPlace: [1, 10, 100, 20], forcedByPlace: [0, 4, 100, 0] },
      schema.failed(trial(1), "no memory"),
      { ...trial(0, "vgg11"), ...FOUND, hitsByPlace: [7], forcedByPlace: [0] },
    ]);
    expect(shown(rows)).toEqual([
      [true, 16, "after a convolution", 26, 4],
      [true, 16, "after a residual sum", 0, 100],
      [true, 16, "stem", 1, 0],
    ]);
  });

  it("mini-batches with a zero are counted, and those in which it reaches a gradient", () => {
    const rows = reachedTable(run.rows);
    expect(shown(rows)).toEqual([
      ["resnet18", false, 16, 150, 150, 1],
      ["resnet18", false, 32, 7, 7, 1],
      ["resnet18", true, 16, 150, 150, 1],
      ["resnet18", true, 32, 11, 9, 0.8182],
      ["vgg11", false, 16, 103, 46, 0.4466],
      ["vgg11", false, 32, 8, 2, 0.25],
      ["vgg11", true, 16, 4, 2, 0.5],
      ["vgg11", true, 32, 16, 3, 0.1875],
    ]);
  });
});

it("runs that are compared stand one below the other", () => {
  const rows = comparedBatchesTable({ a: run.summary, b: run.summary });
  expect(rows).toHaveLength(2 * cells.length);
  expect(shown([rows.at(-12)!])).toEqual([["b", 16, 150, 103, 46, 46, 0.02107]]);
});

it("the networks of a precision are added up", () => {
  const rows = pooledBatchesTable(cells);
  // of 64 bits Wilson's upper end of none of n: z² / (n + z²)
  const z2 = 1.959963984540054 ** 2;
  expect(shown(rows.slice(-1))).toEqual(shown([[64, 600, 0, 0, 0, z2 / (600 + z2)]]));
  for (const row of rows) {
    let [batches, different] = [0, 0];
    for (const one of answered(run.rows)) {
      if (one.precision !== row.bits) continue;
      batches += one.batches;
      different += one.different;
    }
    expect([row.batches, row.different, row.share]).toEqual([batches, different, different / batches]);
  }
  expect(pooledBatchesTable([])).toEqual([]);
});

it("mini-batches are counted for each kink", () => {
  const family = committedRun(reluFamily);
  const rows = kinkBatchesTable(family.rows);
  expect(rows).toHaveLength(15);
  expect(shown(rows.slice(0, 4))).toEqual([
    ["leakyRelu", "leakyRelu.zero 0.01 | 1", 16, 20, 400, 8, 8, 8, 8, 0.004073],
    ["relu", "relu.zero 0 | 1", 16, 20, 400, 15, 15, 15, 15, 0.001329],
    ["relu6", "relu6.six 0 | 1", 16, 20, 400, 0, 0, 0, 0, null],
    ["relu6", "relu6.zero 0 | 1", 16, 20, 400, 15, 15, 15, 15, 0.001329],
  ]);
  for (const row of rows) {
    const cell = family.summary.cells.find((one) => one.kinks === row.kinks && one.precision === row.precision)!;
    const { batches, different, differentFirstLayer } = cell;
    expect([row.batches, row.different, row["first layer"]]).toEqual([batches, different, differentFirstLayer]);
    expect(row["median relative L2"]).toBe(cell.medianRelativeL2FirstLayer);
  }
});
