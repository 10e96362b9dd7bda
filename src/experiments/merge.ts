/** Ends runs: closes what was computed, and puts the shards of a run together. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, describeRun, type Manifest, openRun, type Row, type RunStore, wholeDivision } from "../runs";
import { fail, type NonsmoothError, removeFolder, sumOf } from "../util";
import { checkpointFolder } from "./common/checkpoint";
import type { DataContext, Experiment } from "./types";

/** Where a run is put together. */
export interface MergePlace extends Pick<DataContext, "dataDirectory" | "log"> {
  /** Folder of all runs. */
  readonly runs: string;
  readonly runDirectory: string;
}

/** What is left of a run once its folder is closed. */
export interface Ended<S, R extends Row> {
  readonly rows: readonly R[];
  readonly summary: S;
  readonly manifest: Manifest;
  readonly runDirectory: string;
}

/** Ends a run, or a shard, whose rows are all there: no checkpoint is needed any more, not of another division either. */
export async function finish<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  config: C,
  store: RunStore<R>,
): Promise<Ended<S, R>> {
  removeFolder(checkpointFolder(store.directory));
  const manifest = await store.finish({ summary: (rows: readonly R[]) => experiment.summarize(rows, config) });
  return { rows: store.rows, summary: manifest.summary as S, manifest, runDirectory: store.directory };
}

/** How often, and with what pause in milliseconds, a shard that ends tries to put the run together while others look at it. */
const [ATTEMPTS, PAUSE_MS] = [5, 400];

/**
 * Puts a run together if all of its shards are done and no other process does so: of shards that end at the same moment, each may find
 * another one in its way.
 * @param config as it was resolved
 */
export async function mergeIfWhole<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  config: C,
  place: MergePlace,
): Promise<Ended<S, R> | undefined> {
  for (let attempt = 1; ; attempt++) {
    const { shards = [] } = describeRun(place.runDirectory, experiment.name, "", "count");
    if (!wholeDivision(shards)) return undefined;
    try {
      return await mergeShards(experiment, config, place);
    } catch (error) {
      const { code } = error as NonsmoothError;
      if (code !== "run-folder-busy" && code !== "run-shards-busy") throw error;
      if (attempt === ATTEMPTS) {
        place.log(`all shards are done; the run is not put together here: ${(error as Error).message}`);
        return undefined;
      }
      await sleep(PAUSE_MS * (1 + Math.random()));
    }
  }
}

/**
 * Puts the shards of a run together, and ends the run.
 * @throws NonsmoothError if rows are missing: what there is has then become the run's own, and the undivided run computes the rest
 */
export async function mergeShards<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  config: C,
  { runs: directory, dataDirectory, log }: MergePlace,
): Promise<Ended<S, R>> {
  const store = openRun({
    experiment: experiment.name,
    config: config as Config,
    directory,
    rows: experiment.rows,
    stray: (rows) => experiment.stray(rows, config),
  });
  for (const note of store.notes) log(note);
  try {
    const { runs } = await experiment.plan(config, {
      rows: store.rows,
      dataDirectory,
      download: false,
      log,
      workers: 1,
    });
    const [all, done] = [sumOf(runs, (one) => one.runs), sumOf(runs, (one) => one.done)];
    if (done < all) {
      const hint =
        "its shards were divided by another version of the program; the run without --shard computes the rest";
      fail("shards", `must give all ${all} runs once they are put together`, done, hint);
    }
    return await finish(experiment, config, store);
  } catch (error) {
    store.stop("interrupted");
    throw error;
  }
}
