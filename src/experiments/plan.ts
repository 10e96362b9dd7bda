import { join } from "node:path";
import { readRunRows, tryRun } from "../runs";
import { configure, placeOf, type RunOptions, workersOf } from "./run";
import { shareOf } from "./share";
import { tellStray } from "./stray";
import type { Experiment, Plan } from "./types";

export interface PlanResult<C> extends Plan {
  readonly experiment: string;
  readonly config: C;
  /** Where the run's folder is, or would be. */
  readonly runDirectory: string;
}

/**
 * What a run of an experiment would compute, and how much of it is done already. Computes nothing, downloads nothing and
 * writes nothing: it plans with the dataset if it is here, else with the number of its images, and says so through `log`.
 * @throws NonsmoothError for a configuration that could not be run, or a folder of runs in which it could not
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, planExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [32] };
 * const plan = await planExperiment(bifurcationFrequency, { preset: "laptop", set, runs });
 * console.log(plan.runs.length, plan.runs[0]?.name, plan.runs[0]?.flop); // 13 32 bits, 3 × 256, batch 256 1805414400000
 * ```
 */
export async function planExperiment<C extends object>(
  experiment: Experiment<C>,
  options: RunOptions<C> = {},
): Promise<PlanResult<C>> {
  const { data: dataDirectory } = options;
  const log = onceEach(options.log ?? (() => {}));
  const config = await configure(experiment, { ...options, log, download: false });
  const { hash, runDirectory } = placeOf(experiment, config, options);
  tryRun(runDirectory, hash, { rows: experiment.rows, fresh: options.fresh });
  const path = join(runDirectory, "rows.jsonl");
  const rows = options.fresh
    ? []
    : readRunRows(runDirectory).map((row, i) => experiment.rows.check(row, `${path}, line ${i + 1}`));
  tellStray(experiment, config, rows, log);
  const plan = await experiment.plan(config, {
    rows,
    dataDirectory,
    download: false,
    log,
    workers: workersOf(options),
    share: await shareOf(experiment, config, options.shard, { dataDirectory, download: false, log }),
  });
  return { experiment: experiment.name, config, runDirectory, ...plan };
}

/** No line twice. */
function onceEach(log: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (!said.has(line)) log(line);
    said.add(line);
  };
}
