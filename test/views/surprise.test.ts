/** Tables of trainings that part: the rows of notebook 01. */
import { describe, expect, it } from "vitest";
import { type SurpriseRow, surprise, zonePlane } from "../../src/experiments";
import { rows as schema } from "../../src/experiments/surprise/rows";
import {
  nearestTable,
  publishedSurpriseTable,
  publishedZoneTable,
  surpriseRulesTable,
  surpriseRunsTable,
} from "../../src/views";
import { answered, committedRun } from "../helpers/rows";
import { shown } from "./shown";

const run = committedRun(surprise);

it("the table of runs says for each run where its networks part", () => {
  expect(shown(surpriseRunsTable(run))).toEqual([
    [32, 1, "finished", "none", "", "none", "0, 0", 0, 0],
    [32, 2, "finished", "353", "1", "353", "1, 0", 0.0002315, 0],
    [32, 3, "finished", "308", "1", "308", "1, 0", 0.0001069, 0],
    [64, 1, "finished", "none", "", "none", "0, 0", 0, 0],
    [64, 2, "finished", "none", "", "none", "0, 0", 0, 0],
    [64, 3, "finished", "none", "", "none", "0, 0", 0, 0],
  ]);
});

describe("how near to zero", () => {
  it("the smallest pre-activations are listed by precision and layer", () => {
    const rows = nearestTable(run.rows);
    expect(shown(rows)).toEqual([
      [32, 1, 1407, 2, 0, 6.994e-7, 8.039e-6],
      [32, 2, 1407, 0, 4.657e-9, 1.029e-5, 0.0002264],
      [64, 1, 1407, 0, 1.301e-9, 7.013e-7, 6.5e-6],
      [64, 2, 1407, 0, 8.604e-9, 1.018e-5, 0.0002254],
    ]);
    for (const row of rows) {
      const seen: number[] = [];
      for (const one of answered(run.rows)) {
        if (one.precision === row.precision) seen.push(one.smallest[row.layer - 1]!);
      }
      seen.sort((a, b) => a - b);
      expect([row["smallest |z|"], row.median, row.largest]).toEqual([seen[0], seen[703], seen[1406]]);
    }
  });

  it("a failed run and a NaN are left out of the smallest pre-activations", () => {
    const given = { dataset: "glyphs", precision: 32, trial: 0 } as const;
    const step = (iteration: number, smallest: number): SurpriseRow => ({
      ...given,
      ...{ iteration, difference: 0, control: 0, loss1: 2, loss0: 2, outcome: "running", reason: null },
      ...{ smallest: [smallest], smallestOfAll: smallest, zeros: [0], zerosOfAll: 0 },
    });
    const failed = schema.failed({ ...given, trial: 1 }, "no memory");
    const [only, ...others] = nearestTable([step(0, 0.5), step(1, Number.NaN), failed]);
    expect(only).toEqual({
      precision: 32,
      layer: 1,
      iterations: 2,
      "exact zeros": 0,
      "smallest |z|": 0.5,
      median: 0.5,
      largest: 0.5,
    });
    expect(others).toEqual([]);
  });
});

it("the table of rules says how far a zero parts the networks under each chain rule", () => {
  const overwritten = { ...run, config: { ...run.config, chainRule: "overwrite" as const } };
  const rows = surpriseRulesTable([run, overwritten]);
  expect(shown(rows.slice(0, 3))).toEqual([
    ["multiply", 1, "finished", "none", 0, 0, 0, 0],
    ["multiply", 2, "finished", "353", 4.135e-5, 0.0002315, 1.192e-7, 0],
    ["multiply", 3, "finished", "308", 4.869e-6, 0.0001069, 0, 0],
  ]);
  expect(rows.slice(3).map(({ rule }) => rule)).toEqual(["overwrite", "overwrite", "overwrite"]);
  // the distance there is the first that is not 0
  const distances = run.rows.filter((row) => row.precision === 32 && row.trial === 1).map((row) => row.difference);
  expect(rows[1]!["distance there"]).toBe(distances.find((distance) => distance !== 0));
});

describe("the published run", () => {
  const ours = (of: Parameters<typeof publishedSurpriseTable>[0]) => publishedSurpriseTable(of).map((row) => row.ours);

  it("our run stands beside the published one", () => {
    expect(ours(run)).toEqual(["0; 0 | 0; 0 | 0; 0", "1.2e-8 … 5.6e-6", "none; 353; 308"]);
  });

  it("an experiment without rows is shown as not run", () => {
    expect(ours({ summary: [], rows: [] })).toEqual(["not run", "not run", "not run"]);
  });

  it("our plane around the zero stands beside the published one", () => {
    const plane = committedRun(zonePlane);
    const rows = publishedZoneTable(plane);
    expect(rows.map((row) => row.ours)).toEqual(["353", "36", "1, 1670", "2.0e-11", "3.3e-7", "417 of 10000"]);
    let [zeros, largest] = [0, 0];
    for (const { z32, z64 } of plane.rows) {
      if (z32 === 0) zeros++;
      largest = Math.max(largest, z64);
    }
    expect(rows.slice(-2).map((row) => row.ours)).toEqual([largest.toExponential(1), `${zeros} of 10000`]);
    const nowhere = { ...plane.summary, place: null, smallest64: null, largest64: null };
    expect(publishedZoneTable({ summary: nowhere })[0]!.ours).toBe("none");
  });
});
