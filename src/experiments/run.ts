import { join } from "node:path";
import {
  type Config,
  configHash,
  defaultRuns,
  type Manifest,
  openRun,
  type Progress,
  type Row,
  requireShard,
  type Shard,
  tryRuns,
  writeJournal,
} from "../runs";

import { coreCount, currentWork, fail, removeFolder, show } from "../util";

import { type ConfigSource, makeConfig, requireExperiment, type Settings } from "./config";
import { costLines, estimateCost } from "./estimate";
import { evidenceOf } from "./evidence";
import { finish, mergeIfWhole } from "./merge";
import { shareOf } from "./share";
import type { Experiment, RunContext } from "./types";
import { onceFree } from "./wait";

export interface RunOptions<C = Record<string, unknown>> extends ConfigSource<C> {
  /** Engine id or `auto`, short for `set: { engine }`. */
  readonly engine?: string;
  /** Where datasets are looked for first. */
  readonly data?: string;
  /** Whether the datasets `auto` and `auto-colour` may be downloaded; default true. */
  readonly download?: boolean;
  /** Folder of all runs; default: NONSMOOTH_RUNS, or else `data/runs` of the workspace. */
  readonly runs?: string;
  /** Removes what this configuration has computed before; default false. */
  readonly fresh?: boolean;
  /** Worker processes; default: one for each core. Rows do not depend on it. An experiment of `defineExperiment` uses none. */
  readonly workers?: number;
  /** Seconds between checkpoints of unfinished work, default 10: a kill loses no more. Rows do not depend on it. */
  readonly checkpointSeconds?: number;
  /** How long the run waits, if others are at work on it, until it is free; default 0: it fails at once. */
  readonly waitSeconds?: number;
  /** Stops the run within two seconds; what it has done is kept, and the same call continues from there. */
  readonly signal?: AbortSignal;
  /** Called whenever some runs are done. */
  readonly progress?: (progress: Progress, soFar: RunSoFar) => void;
  readonly log?: (line: string) => void;
  /**
   * The part of the run that is computed: of `count` parts of about the same cost, the one with this index, from 1; default: all of the run.
   * When the last part ends, the run is put together.
   */
  readonly shard?: Shard;
  /** Whether this process belongs to the run alone, so that whoever follows the run may stop it; default false. */
  readonly detached?: boolean;
}

/** A run that goes on. */
export interface RunSoFar {
  readonly config: object;
  /** Those of earlier sessions included. */
  rows(): readonly Row[];
}

export interface RunResult<C, S, R extends Row = Row> {
  readonly experiment: string;
  readonly config: C;
  readonly rows: readonly R[];
  readonly summary: S;
  readonly manifest: Manifest;
  readonly seconds: number;
  readonly runDirectory: string;
}

/**
 * Runs an experiment to its end, continuing where an earlier run of the same configuration stopped.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [512], runs: 2 };
 * const options = { preset: "smoke", set, runs, workers: 0 };
 * const { rows, runDirectory } = await runExperiment(bifurcationFrequency, options);
 * const again = await runExperiment(bifurcationFrequency, options); // finds its rows
 * console.log(rows.length, again.runDirectory === runDirectory); // 2 true
 * ```
 */
export async function runExperiment<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  options: RunOptions<C> = {},
): Promise<RunResult<C, S, R>> {
  const started = performance.now();
  const { log = () => {}, data: dataDirectory, checkpointSeconds } = options;
  const signal = options.signal ?? currentWork()?.signal ?? new AbortController().signal;
  const workers = workersOf(options);
  requireExperiment(experiment);
  tryRuns(join(runsFolder(options), experiment.name));
  const config = await configure(experiment, options);
  const shard = options.shard && requireShard(options.shard);
  const share = await shareOf(experiment, config, shard, { dataDirectory, log });
  const open = () =>
    openRun({
      experiment: experiment.name,
      config: config as Config,
      preset: options.preset,
      directory: runsFolder(options),
      fresh: options.fresh,
      detached: options.detached,
      shard,
      rows: experiment.rows,
      stray: (rows) => experiment.stray(rows, config),
    });
  const store = await onceFree(open, { waitSeconds: options.waitSeconds, signal, log });
  if (options.fresh) removeFiles(store.directory);
  for (const note of store.notes) log(note);
  try {
    const progress = (now: Progress) => {
      store.report(now);
      options.progress?.(now, { config, rows: () => store.rows });
    };
    const context = { store, signal, progress, log, workers, dataDirectory, checkpointSeconds, share };
    if (options.preset === "paper") await announceCost(experiment, config, context);
    await experiment.run(config, context);
    const ended = await finish(experiment, config, store);
    const { runDirectory } = placeOf(experiment, config, options);
    const place = { runs: runsFolder(options), runDirectory, dataDirectory, log };
    const whole = shard && (await mergeIfWhole(experiment, config, place));
    const { manifest, ...result } = whole ?? ended;
    writeJournal({ kind: "run", ...evidenceOf(manifest) });
    return { experiment: experiment.name, config, ...result, manifest, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    store.stop(signal.aborted ? "interrupted" : "failed", signal.aborted ? undefined : (error as Error).message);
    throw error;
  }
}

/** The published protocols take hours or weeks: whoever starts one is told first. */
async function announceCost<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  config: C,
  context: RunContext<R>,
) {
  const plan = await experiment.plan(config, { ...context, rows: context.store.rows });
  // of an experiment from outside, nobody knows what it costs
  if (plan.runs.every(({ runs, done, flop }) => done === runs || flop === 0)) return;
  const cost = await estimateCost(plan, (config as { engine?: string }).engine);
  for (const line of costLines(cost)) context.log(line);
}

/** What is run: the configuration with its dataset, its engine and whatever else depends on the place. */
export function configure<C extends object>(experiment: Experiment<C>, options: RunOptions<C>): Promise<C> {
  const { log = () => {}, data: dataDirectory, download } = options;
  requireExperiment(experiment);
  requireOneEngine(options);
  const set =
    options.engine === undefined ? options.set : ({ ...options.set, engine: options.engine } as object as Settings<C>);
  return experiment.resolve(makeConfig(experiment, { ...options, set }), { dataDirectory, download, log });
}

/** More processes than any machine has cores for. */
const MOST_WORKERS = 1024;

function requireOneEngine<C extends object>({ engine, set }: RunOptions<C>): void {
  const other = (set as { readonly engine?: unknown } | undefined)?.engine;
  if (engine === undefined || other === undefined || other === engine) return;
  fail("engine", `must be the same as in \`set\`, which has ${show(other)}`, engine);
}

export const runsFolder = ({ runs }: RunOptions): string => runs ?? defaultRuns();

/** Where the run of a configuration is, or would be. */
export function placeOf(experiment: Experiment, config: object, options: RunOptions) {
  const hash = configHash(experiment.name, config as Config);
  return { hash, runDirectory: join(runsFolder(options), experiment.name, hash.slice(0, 12)) };
}

export function workersOf({ workers = coreCount() }: RunOptions): number {
  const rule = `must be a whole number from 0 to ${MOST_WORKERS}`;
  if (!Number.isInteger(workers) || workers < 0 || workers > MOST_WORKERS) fail("workers", rule, workers);
  return workers;
}

/** What trainings keep beside their rows. */
function removeFiles(directory: string): void {
  for (const folder of ["checkpoints", "weights"]) removeFolder(join(directory, folder));
}
