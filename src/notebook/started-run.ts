/** An experiment that goes on while the notebook's other cells are executed. */
import { configure, type Experiment, placeOf, type RunResult, requireExperiment } from "../experiments";
import { holderOf, type Progress, type Row, readProgress } from "../runs";
import { fail, Interrupted } from "../util";
import { rowsSoFar } from "./detached";
import { type NotebookRunOptions, notebookDefaults, runShown } from "./experiment";
import { eitherSignal, interruptible } from "./interrupt";

/** A run that has been started, or found. */
export interface StartedRun<C, S, R extends Row = Row> {
  readonly experiment: string;
  readonly config: C;
  readonly runDirectory: string;
  /** The rows by now, those of earlier sessions included. */
  rows(): readonly R[];
  /** How far it is; undefined before its first progress and after its end. */
  progress(): Progress | undefined;
  /**
   * Waits for its end; ■ ends the waiting, and the run goes on.
   * @throws the error that it failed with; Interrupted if it was stopped
   */
  finished(): Promise<RunResult<C, S, R>>;
  /**
   * Stops it. What it has done is kept, and the next start continues.
   * @throws NonsmoothError if it goes on, because it was found, and its process is that of a terminal or has other work
   */
  stop(): Promise<void>;
}

/**
 * Starts an experiment as `runInNotebook` does, and returns at once: its progress, and with `watch` its figure, go on below this cell, while
 * other cells are executed. ■ does not stop it, `stop()` does. The kernel may be closed; the same cell, executed again, finds the run.
 * @throws NonsmoothError for a configuration that cannot be run; what happens later is shown, and thrown by `finished()`
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, startInNotebook } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * const started = await startInNotebook(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * console.log(started.rows().length < 2); // true
 * const { rows } = await started.finished();
 * console.log(rows.length); // 2
 * ```
 */
export async function startInNotebook<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  options: NotebookRunOptions<C, R> = {},
): Promise<StartedRun<C, S, R>> {
  requireExperiment(experiment);
  const complete = { ...options, ...notebookDefaults(experiment as Experiment<C>, options) };
  const config = await configure(experiment, complete);
  const { runDirectory } = placeOf(experiment as unknown as Experiment, config, complete as object);
  const controller = new AbortController();
  const result = runShown(experiment, { ...options, signal: eitherSignal(controller.signal, options.signal) });
  // a failure is shown below the cell, and thrown to whoever waits
  result.catch(() => {});
  return {
    experiment: experiment.name,
    config,
    runDirectory,
    rows: () => rowsSoFar(runDirectory, experiment),
    progress: () => readProgress(runDirectory),
    finished: () => interruptible((signal) => unless(signal, result)),
    async stop() {
      controller.abort(new Interrupted());
      await result.catch(() => {});
      const pid = holderOf(runDirectory)?.pid;
      if (pid === undefined) return;
      fail(
        "run",
        "must be stopped where it was started",
        `process ${pid}`,
        "npx nonsmooth runs stop ends it from a terminal",
      );
    },
  };
}

/** The result, or the signal's reason if it aborts first. */
async function unless<T>(signal: AbortSignal, result: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const leave = () => reject(new Interrupted("no longer waited for; the run goes on"));
    signal.addEventListener("abort", leave, { once: true });
  });
  return Promise.race([result, aborted]);
}
