import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bifurcationFrequency, planExperiment } from "../../src/experiments";
import { rows } from "../../src/experiments/bifurcation-frequency/rows";
import { encodeRow } from "../../src/runs/encoding";
import { nonsmooth, temporaryFolder } from "./support";

const SET = {
  dataset: "glyphs",
  widths: [16],
  depths: [1],
  batchSizes: [64],
  sampleSizes: [128],
  runs: 2,
  precisions: [32],
};
const WORDS = Object.entries(SET).flatMap(([key, value]) => ["--set", `${key}=${value}`]);

/** A folder of runs with one whose first runs broke off. */
async function runsWith(broken: number): Promise<string> {
  const runs = temporaryFolder();
  const { runDirectory } = await planExperiment(bifurcationFrequency, { set: SET, runs });
  mkdirSync(runDirectory, { recursive: true });
  const cell = { dataset: "glyphs", precision: 32, width: 16, depth: 1, batchSize: 64 } as const;
  const failed = Array.from({ length: broken }, (_, trial) => rows.failed({ ...cell, trial }, "no memory was left"));
  writeFileSync(join(runDirectory, "rows.jsonl"), failed.map((row) => `${encodeRow(row)}\n`).join(""));
  return runs;
}

const RULE =
  'bifurcation-frequency: at least one run must come to its end, got "2 that broke off, the first: no memory was left"';

it("an experiment whose every run broke off ends with code 1 and the reason, and no figure is drawn of it", async () => {
  const runs = await runsWith(2);
  for (const how of [[], ["--json"]]) {
    const { code, out, err } = await nonsmooth(["run", "bifurcation-frequency", ...WORDS, "--runs", runs, ...how]);
    expect([code, err]).toEqual([1, expect.stringContaining(`\n${RULE}\nHint: --fresh`)]);
    // the rows can be looked at all the same
    expect(out).toMatch(/failed/);
  }
  const figure = ["figure", "bifurcation-frequency", ...WORDS, "--preset", "smoke", "--runs", runs, "--out", runs];
  const drawn = await nonsmooth(figure);
  expect([drawn.code, drawn.out, drawn.err]).toEqual([1, "", expect.stringContaining(`\n${RULE}\n`)]);
});

it("an experiment of which one run has an answer ends with code 0", async () => {
  const { code, out } = await nonsmooth(["run", "bifurcation-frequency", ...WORDS, "--runs", await runsWith(1)]);
  expect([code, out]).toEqual([0, expect.stringContaining("Broken off: 1 of 2 rows")]);
});
