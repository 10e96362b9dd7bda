/** Runs by the names that people type. */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail, NonsmoothError, nearest, workspace } from "../util";
import { describeRun, type RunEntry, type RunPlace, runFolders } from "./list";
import { readRunRows } from "./run-rows";
import { SHARDS } from "./shard";
import type { Row } from "./types";

/** Fewer digits of a hash too easily match another run. */
const DIGITS = 4;

/** As in a manifest; the folder has its beginning as its name. */
const WHOLE_HASH = /^[0-9a-f]{64}$/;

/** Folder of all runs where no option names one: that of NONSMOOTH_RUNS, or else data/runs of the workspace. */
export function defaultRuns(): string {
  const { NONSMOOTH_RUNS: named } = process.env;
  return named ? resolve(named) : join(workspace, "data", "runs");
}

/**
 * The run that a word names: `<experiment>/<hash>`, the hash alone, its first digits (4 or more), or the path of a run's folder.
 * The hash is that of the manifest, or the first 12 digits of it that name the folder.
 * @param options `runs`: folder of all runs; default: NONSMOOTH_RUNS, or else data/runs of the workspace
 * @throws NonsmoothError if there is no such run, or more than one
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, findRun, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 1 };
 * const { manifest } = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * console.log(findRun(manifest.hash.slice(0, 6), { runs }).status); // done
 * ```
 */
export function findRun(word: string, { runs = defaultRuns() }: { readonly runs?: string } = {}): RunEntry {
  const { directory, experiment, run } = findPlace(word, runs, runFolders(runs));
  return describeRun(directory, experiment, run);
}

/**
 * The place that a word names, among some places in a folder of runs, or a run's folder anywhere.
 * @throws NonsmoothError if there is none, or more than one
 */
export function findPlace(word: string, runs: string, places: readonly RunPlace[]): RunPlace {
  const wanted = word.replace(/\/$/, "");
  const found = places.filter(({ experiment, run }) => isNamed(wanted, experiment, run));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) fail("run", `must be one run, not ${found.length}: ${found.map(runName).join(", ")}`, word);
  const inside = places.find(({ directory }) => resolve(directory) === resolve(wanted));
  if (inside) return inside;
  if (["manifest.json", SHARDS].some((name) => existsSync(join(wanted, name)))) return placeOfFolder(resolve(wanted));
  const near = nearest(wanted, [...places.map(runName), ...places.map(({ run }) => run)]);
  const digits = basename(wanted);
  const isShort = digits.length < DIGITS && places.some(({ run }) => run.startsWith(digits));
  const all = isShort ? `give ${DIGITS} digits of the hash or more` : "npx nonsmooth runs list shows all of them";
  const hint = near ? `did you mean ${near}?` : all;
  if (places.length === 0) return fail("run", `must be a run's folder, for there is no run in ${runs}`, word);
  const known = places.length === 1 ? "the only run" : `one of the ${places.length} runs`;
  return fail("run", `must be ${known} in the folder of runs, or a run's folder`, word, hint);
}

/** `bifurcation-frequency/1939ad1357ec` */
export const runName = ({ experiment, run }: Pick<RunEntry, "experiment" | "run">): string => `${experiment}/${run}`;

/**
 * The rows of a run, finished or not.
 * @throws NonsmoothError if the run is broken
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, listRuns, rowsOf, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * for (const run of listRuns(runs)) console.log(rowsOf(run).map((row) => row.batches)); // [ 1, 1 ]
 * ```
 */
export function rowsOf(entry: RunEntry): readonly Row[] {
  if (entry.problem !== undefined) throw new NonsmoothError(`run ${runName(entry)}`, `is broken: ${entry.problem}`);
  return readRunRows(entry.directory);
}

function isNamed(word: string, experiment: string, run: string): boolean {
  const [digits, named] = word.includes("/") ? [basename(word), dirname(word)] : [word, experiment];
  const hash = WHOLE_HASH.test(digits) ? digits.slice(0, run.length) : digits;
  return named === experiment && hash.length >= DIGITS && run.startsWith(hash);
}

/** A run's folder anywhere: it need not be in one named after its experiment. */
function placeOfFolder(directory: string): RunPlace {
  const [experiment, run] = [basename(dirname(directory)), basename(directory)];
  const { manifest } = describeRun(directory, experiment, run, "count");
  return { directory, run, experiment: manifest?.experiment ?? experiment };
}
