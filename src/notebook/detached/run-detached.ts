/** An experiment in a process of its own, with the options and the result of `runExperiment`. */
import { join } from "node:path";
import {
  configure,
  type Experiment,
  evidenceOf,
  experiments,
  placeOf,
  type RunOptions,
  type RunResult,
} from "../../experiments";
import { finishedRun, holderOf, inFolder, type Row, type RunStore, readRunRows, writeJournal } from "../../runs";
import { fail, NonsmoothError } from "../../util";
import { follow } from "./follow";
import type { PlainOptions } from "./request";
import { spawnRun } from "./spawn";

/** Whether another process can find the experiment: it knows those of the library. */
export const isDetachable = (experiment: object): boolean => experiments.some((known) => known === experiment);

/**
 * Runs an experiment to its end in a process that outlives this one. A run that is done is read; one that a process is at work on already,
 * for another notebook or in a terminal, is followed.
 * @throws as `runExperiment`
 */
export async function runDetached<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  options: RunOptions<C>,
): Promise<RunResult<C, S, R>> {
  const started = performance.now();
  const config = await configure(experiment, options);
  const run = new DetachedRun(experiment, config, options);
  const store = (options.fresh ? undefined : run.done()) ?? (await run.toItsEnd());
  const manifest = await store.finish({ summary: (rows: readonly R[]) => experiment.summarize(rows, config) });
  writeJournal({ kind: "run", ...evidenceOf(manifest) });
  const seconds = (performance.now() - started) / 1000;
  const summary = manifest.summary as S;
  return {
    experiment: experiment.name,
    config,
    rows: store.rows,
    summary,
    manifest,
    seconds,
    runDirectory: run.directory,
  };
}

/** How often the process of a run is started, if others of the same moment take its folder. */
const ATTEMPTS = 5;

class DetachedRun<C extends object, S, R extends Row> {
  readonly directory: string;
  private readonly hash: string;

  constructor(
    private readonly experiment: Experiment<C, S, R>,
    private readonly config: C,
    private readonly options: RunOptions<C>,
  ) {
    const { hash, runDirectory } = placeOf(experiment, config, options);
    [this.hash, this.directory] = [hash, runDirectory];
  }

  /** The run if nothing is left to do; what is damaged is for a session to repair. */
  done(): RunStore<R> | undefined {
    const store = this.finished();
    return store && this.experiment.stray(store.rows, this.config).length === 0 ? store : undefined;
  }

  /** Starts the process, or follows the one that is there. @param attempts how often another process may be faster */
  async toItsEnd(attempts = ATTEMPTS): Promise<RunStore<R>> {
    if (!this.options.fresh && holderOf(this.directory)) {
      await this.join();
      return this.whole();
    }
    const { signal: _, progress: __, log: ___, ...plain } = this.options;
    const own = spawnRun(this.directory, { experiment: this.experiment.name, options: plain as PlainOptions });
    try {
      await this.follow(own);
    } catch (error) {
      const isBusy = error instanceof NonsmoothError && error.code === "run-folder-busy";
      if (!isBusy || this.options.fresh || attempts === 1) throw error;
      // another notebook was faster; by now it may be done, and of two at the same moment both may have given up
      return this.done() ?? this.toItsEnd(attempts - 1);
    }
    return this.whole();
  }

  private whole(): RunStore<R> {
    return this.finished() ?? fail("run folder", "must hold the whole run once it is done", this.directory);
  }

  private finished(): RunStore<R> | undefined {
    return inFolder(this.directory, () => finishedRun(this.directory, this.hash, this.experiment.rows, undefined));
  }

  private join(): Promise<void> {
    const pid = holderOf(this.directory)?.pid;
    this.options.log?.(
      `process ${pid}, which was started elsewhere, is at work on this run; what is shown comes from it`,
    );
    return this.follow();
  }

  private follow(own?: ReturnType<typeof spawnRun>): Promise<void> {
    const { signal = new AbortController().signal, log = () => {}, progress } = this.options;
    const soFar = { config: this.config, rows: () => rowsSoFar(this.directory, this.experiment) };
    return follow(this.directory, { own, signal, onLine: log, onProgress: (now) => progress?.(now, soFar) });
  }
}

/** The rows that a run has by now. */
export function rowsSoFar<C extends object, S, R extends Row>(
  directory: string,
  { rows: schema }: Experiment<C, S, R>,
): readonly R[] {
  const path = join(directory, "rows.jsonl");
  return readRunRows(directory).map((row, i) => schema.check(row, `${path}, line ${i + 1}`));
}
