/** Every experiment. To add one: its folder, which exports what is public of it, and a line in the list. */
import {
  type Columns,
  compareEntries,
  type DeclaredRow,
  findRun,
  type RowSchema,
  type RunComparison,
  type RunEntry,
} from "../runs";
import { requireName } from "../util";
import { bifurcationFrequency } from "./bifurcation-frequency";
import { bifurcationFrequencyNetworks, reluFamily } from "./bifurcation-frequency-networks";
import { gradientDifference } from "./gradient-difference";
import { harm } from "./harm";
import { law } from "./law";
import { learningRateSearch } from "./learning-rate-search";
import { maxPoolTieCounts } from "./max-pool-tie-counts";
import { maxPoolTies } from "./max-pool-ties";
import {
  type ConfigOf,
  definedExperiment,
  type ExperimentDefinition,
  makeExperiment,
  type SettingsDefinition,
} from "./own";
import { recordedRows } from "./own/recorded";
import { surprise, zonePlane } from "./surprise";
import { training } from "./training";
import type { Experiment } from "./types";
import { zeros } from "./zeros";

export { bestRate } from "./best-rate";
export * from "./bifurcation-frequency";
export * from "./bifurcation-frequency-networks";
export { type ConfigSource, configKeys, makeConfig, presetNames, requireExperiment, type Settings } from "./config";
export { type CostEstimate, costLines, estimateCost, secondsAt } from "./estimate";
export { type Evidence, evidenceOf, evidenceText, refuseWeaker, sumOfEvidence } from "./evidence";
export * from "./gradient-difference";
export * from "./harm";
export * from "./law";
export * from "./learning-rate-search";
export * from "./max-pool-tie-counts";
export * from "./max-pool-ties";
export { mergeShards } from "./merge";
export { requireAnswer } from "./outcome";
export type { ConfigOf, ExperimentDefinition, JobContext, OwnDefinition, SettingsDefinition } from "./own";
export { type PlanResult, planExperiment } from "./plan";
export { configure, placeOf, type RunOptions, type RunResult, type RunSoFar, runExperiment, runsFolder } from "./run";
export { divideRun } from "./share";
export * from "./surprise";
export * from "./training";
export type { Experiment, Plan, PlanContext, PlannedRuns, Preset, RunContext, Unit } from "./types";
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

/**
 * An experiment of your own, in a cell or in a file: its settings, the columns of its rows, and what computes a row. `runExperiment` and
 * `runInNotebook` take it as they take the library's: it has run folders, goes on where it stopped, and `listRuns`, `query` and `explore` show it.
 *
 * Its jobs run one after another in this process, whatever `workers` says: worker processes do not know it. A run is told by its name and its
 * configuration, not by its code: after a change of `run`, `fresh: true` computes its rows again, and a note says so where rows are older. Settings named
 * `engine` and `dataset` mean what they mean everywhere: "auto" becomes what is there.
 *
 * @throws NonsmoothError for the name of an experiment of the library, a setting without a default, what is no column, jobs or run that are no functions
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { column, defineExperiment, formatOf, type FormatName, runExperiment } from "nonsmooth";
 *
 * const sums = defineExperiment({
 *   name: "sums",
 *   title: "Is 0.1 + 0.2 - 0.3 zero?",
 *   settings: { formats: ["f16", "f32", "f64"] as FormatName[] },
 *   given: { format: column.text("number format") },
 *   found: { sum: column.number("0.1 + 0.2 - 0.3, each result rounded") },
 *   jobs: ({ formats }) => formats.map((format) => ({ format })),
 *   run({ format }) {
 *     const { round } = formatOf(format as FormatName);
 *     return { sum: round(round(round(0.1) + round(0.2)) - round(0.3)) };
 *   },
 * });
 * const { rows } = await runExperiment(sums, { runs: mkdtempSync(join(tmpdir(), "runs-")) });
 * console.log(rows.map(({ format, sum }) => `${format}: ${sum}`).join(", "));
 * // f16: -0.000244140625, f32: 0, f64: 5.551115123125783e-17
 * ```
 */
export const defineExperiment = <
  T extends SettingsDefinition,
  const G extends Columns,
  const F extends Columns,
  S = { readonly rows: number },
>(
  definition: ExperimentDefinition<T, G, F, S>,
): Experiment<ConfigOf<T>, S, DeclaredRow<G, F>> =>
  makeExperiment(
    definition,
    experiments.map(({ name }) => name),
  );

/** Whether an experiment is one of the library's, by its name. */
export const isOfLibrary = (name: string): boolean => experiments.some((known) => known.name === name);

/** What is known of an experiment's rows; undefined for one that neither the library nor this process has defined. */
export const rowsSchemaOf = (name: string): RowSchema | undefined =>
  (experiments.find((known) => known.name === name) ?? definedExperiment(name))?.rows;

/** What is known of the rows of a run: by its experiment, or else by its manifest, where one from outside the library says it. */
export const rowsSchemaIn = ({ experiment, manifest }: Pick<RunEntry, "experiment" | "manifest">) =>
  rowsSchemaOf(experiment) ?? recordedRows(manifest);

/** The columns of an experiment's rows; undefined where they are not known. */
export const columnsOf = (name: string): Columns | undefined => rowsSchemaOf(name)?.columns;

/**
 * What differs between two runs of one experiment: configuration, environment, and the rows joined by the experiment's key.
 * @param a as `findRun` takes it: `<experiment>/<hash>`, the first digits of a hash, or a folder
 * @param b the same for the other run
 * @param options `runs`: folder of all runs; default: NONSMOOTH_RUNS, or else data/runs of the project
 * @throws NonsmoothError for a run that is not there or broken, for two experiments, and for one whose rows are not known
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
  const rows = rowsSchemaIn(first) ?? experiment(first.experiment).rows;
  return compareEntries(first, second, rows.key);
}
