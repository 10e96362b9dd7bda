/** What would be submitted: the configuration as this machine resolves it, its shards, and how long the most expensive one takes. */
import {
  type CostEstimate,
  configure,
  divideRun,
  type Experiment,
  estimateCost,
  makeConfig,
  type PlannedRuns,
  placeOf,
  planExperiment,
  type RunOptions,
  secondsAt,
} from "../experiments";
import { fail, type Range, sumOf } from "../util";
import { readJobs } from "./run-jobs";
import { settingsBetween } from "./settings";
import type { DividingJob, ShardState } from "./states";

export interface SubmissionPlan {
  readonly runDirectory: string;
  /** `bifurcation-frequency/1939ad1357ec` */
  readonly run: string;
  /** What the configuration has otherwise than its preset, `key=value`: on every node the same, whatever is there. */
  readonly settings: readonly string[];
  /** Of each shard: how many units it has. */
  readonly units: readonly number[];
  /** Indices of the shards that are done, that wait or run, and that are to be submitted. */
  readonly done: readonly number[];
  readonly active: readonly number[];
  readonly missing: readonly number[];
  /** Jobs of which a task waits or runs, and that divide the run into another number of shards. */
  readonly others: readonly DividingJob[];
  /** What could not be asked. */
  readonly notes: readonly string[];
  /** Of the whole run. Measures for about two seconds per format. */
  cost(): Promise<CostEstimate>;
  /** Time of the matrix products of the most expensive shard that is to be submitted, none of it done, at the speeds of an estimate. */
  dearest(cost: CostEstimate): Promise<Range>;
}

/** @throws NonsmoothError for a configuration that cannot be run, more shards than units, and a folder of runs that cannot be written */
export async function planSubmission(
  experiment: Experiment,
  options: RunOptions,
  count: number,
): Promise<SubmissionPlan> {
  const { data: dataDirectory, log = () => {} } = options;
  const config = await configure(experiment, options);
  const { hash, runDirectory } = placeOf(experiment, config, options);
  const settings = settingsBetween(makeConfig(experiment, { preset: options.preset }), config);
  const { set: _, engine: __, ...rest } = options;
  const resolved: RunOptions = { ...rest, set: config as RunOptions["set"] };
  const whole = await planExperiment(experiment, resolved);
  const context = { dataDirectory, download: false, log };
  const shards = await divideRun(experiment, config, count, context);
  const all = sumOf(shards, ({ length }) => length);
  if (count > all) fail("--shards", `must be at most ${all}, the parts that the run has`, count);
  const run = hash.slice(0, 12);
  const place = { directory: runDirectory, experiment: experiment.name, run };
  const {
    runs: [jobs],
    notes,
  } = await readJobs([place], count);
  const inState = (...some: ShardState[]) =>
    jobs!.shards.flatMap(({ index, state }) => (some.includes(state) ? [index] : []));
  const missing = inState("failed", "missing");
  const costOf = (index: number) => sumOf(shards[index - 1]!, ({ cost }) => cost);
  return {
    runDirectory,
    run: `${experiment.name}/${run}`,
    settings,
    units: shards.map(({ length }) => length),
    done: inState("done"),
    active: inState("waiting", "running"),
    missing,
    others: jobs!.others,
    notes,
    cost: () => estimateCost(whole, (config as { engine?: string }).engine),
    async dearest({ rates }) {
      const index = missing.reduce((a, b) => (costOf(b) > costOf(a) ? b : a));
      const { runs } = await planExperiment(experiment, { ...resolved, shard: { index, count } });
      return secondsAt(rates, runs.map(undone));
    },
  };
}

const undone = (runs: PlannedRuns): PlannedRuns => ({ ...runs, done: 0, flopDone: 0 });
