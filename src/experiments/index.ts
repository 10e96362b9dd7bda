/** Every experiment. To add one: its folder, which exports what is public of it, and a line in the list. */
import { type Columns, compareEntries, findRun, type RowSchema, type RunComparison } from "../runs";
import { requireName } from "../util";
import { bifurcationFrequency } from "./bifurcation-frequency";
import { bifurcationFrequencyNetworks, reluFamily } from "./bifurcation-frequency-networks";
import { gradientDifference } from "./gradient-difference";
import { harm } from "./harm";
import { law } from "./law";
import { learningRateSearch } from "./learning-rate-search";
import { maxPoolTieCounts } from "./max-pool-tie-counts";
import { maxPoolTies } from "./max-pool-ties";
import { surprise, zonePlane } from "./surprise";
import { training } from "./training";
import type { Experiment } from "./types";
import { zeros } from "./zeros";

export { bestRate } from "./best-rate";
export * from "./bifurcation-frequency";
export * from "./bifurcation-frequency-networks";
export { type ConfigSource, configKeys, makeConfig, presetNames, requireExperiment, type Settings } from "./config";
export { type CostEstimate, costLines, estimateCost } from "./estimate";
export { type Evidence, evidenceOf, evidenceText, refuseWeaker, sumOfEvidence } from "./evidence";
export * from "./gradient-difference";
export * from "./harm";
export * from "./law";
export * from "./learning-rate-search";
export * from "./max-pool-tie-counts";
export * from "./max-pool-ties";
export { requireAnswer } from "./outcome";
export { type PlanResult, planExperiment } from "./plan";
export { configure, placeOf, type RunOptions, type RunResult, type RunSoFar, runExperiment } from "./run";
export * from "./surprise";
export * from "./training";
export type { Experiment, Plan, PlanContext, PlannedRuns, Preset, RunContext } from "./types";
export * from "./zeros";

/**
 * Every experiment, in the order in which `nonsmooth list` shows them.
 *
 * @example
 * ```ts
 * import { experiments } from "nonsmooth";
 *
 * for (const { name, title } of experiments.slice(0, 3)) console.log(`${name}: ${title}`); // bifurcation-frequency: How often does ReLU'(0) change the gradient?
 * // training: Does ReLU'(0) matter for training?
 * // learning-rate-search: Which learning rate is the best?
 * ```
 */
export const experiments: readonly Experiment[] = [
  bifurcationFrequency,
  training,
  learningRateSearch,
  surprise,
  zonePlane,
  gradientDifference,
  zeros,
  bifurcationFrequencyNetworks,
  reluFamily,
  maxPoolTies,
  maxPoolTieCounts,
  harm,
  law,
];

/**
 * The experiment of a name.
 * @throws NonsmoothError with the nearest known name as a hint
 * @example
 * ```ts
 * import { experiment } from "nonsmooth";
 *
 * const { title, source, presets } = experiment("bifurcation-frequency");
 * console.log(title, source, Object.keys(presets)); // How often does ReLU'(0) change the gradient? Bertoin et al. 2021, section 3 [ 'smoke', 'laptop', 'paper' ]
 * ```
 */
export function experiment(name: string): Experiment {
  const names = experiments.map((known) => known.name);
  return experiments[names.indexOf(requireName("experiment", names, name))]!;
}

/** What is known of an experiment's rows; undefined for an experiment that is not ours. */
export const rowsSchemaOf = (name: string): RowSchema | undefined =>
  experiments.find((known) => known.name === name)?.rows;

/** The columns of an experiment's rows; undefined for an experiment that is not ours. */
export const columnsOf = (name: string): Columns | undefined => rowsSchemaOf(name)?.columns;

/**
 * What differs between two runs of one experiment: configuration, environment, and the rows joined by the experiment's key.
 * @param a as `findRun` takes it: `<experiment>/<hash>`, the first digits of a hash, or a folder
 * @param b the same for the other run
 * @param options `runs`: folder of all runs; default: data/runs of the project
 * @throws NonsmoothError for a run that is not there or broken, and for two experiments
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, compareRuns, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2"], widths: [64], sampleSizes: [256], runs: 2 };
 * const run = (pair: [number, number]) =>
 *   runExperiment(bifurcationFrequency, { preset: "smoke", set: { ...set, pair }, runs, workers: 0 });
 * const [a, b] = [await run([0, 1]), await run([0, 0.5])];
 * const { config, rows } = compareRuns(a.manifest.hash, b.manifest.hash, { runs });
 * console.log(config, rows.inBoth); // [ { key: 'pair', a: [ 0, 1 ], b: [ 0, 0.5 ] } ] 2
 * ```
 */
export function compareRuns(a: string, b: string, options: { readonly runs?: string } = {}): RunComparison {
  const [first, second] = [findRun(a, options), findRun(b, options)];
  return compareEntries(first, second, (row) => experiment(first.experiment).rows.key(row));
}
