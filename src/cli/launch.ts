/** Runs an experiment for a command: progress on standard error, interrupts, exit codes. */
import { engineRecord } from "../engines";
import { type Experiment, experiment, type RunOptions, type RunResult, runExperiment } from "../experiments";
import { progressReporter } from "../notebook";
import { type ErrorCode, NonsmoothError } from "../util";
import { asUsage, EXIT, Exit, note } from "./exit";
import { untilInterrupted } from "./interrupt";
import type { LaunchOptions } from "./options";
import { parseSettings } from "./settings";

/**
 * Runs an experiment, or continues it.
 * @throws Exit with code 2 if the command line is wrong and 128 + its number after a signal (130: Ctrl-C); otherwise the error that made the run fail
 */
export async function launch(name: string, options: LaunchOptions): Promise<RunResult<object, unknown>> {
  const { chosen, runOptions } = readOptions(name, options);
  return untilInterrupted(async (signal) => {
    const reporter = progressReporter({ title: chosen.title });
    let started = false;
    try {
      const result = await runExperiment(chosen, {
        ...runOptions,
        signal,
        progress(state) {
          started = true;
          reporter.update(state);
        },
      });
      reporter.finish();
      return result;
    } catch (error) {
      if (started) reporter.fail(signal.aborted ? "stopped" : "failed");
      throw !started && !signal.aborted && isUsage(error) ? new Exit(EXIT.usage, error) : error;
    }
  });
}

/** The experiment, and its options as the library takes them. @throws Exit with code 2 for an unknown name or setting */
export function readOptions(name: string, options: LaunchOptions): { chosen: Experiment; runOptions: RunOptions } {
  const chosen = asUsage(() => experiment(name));
  const { part, wait: waitSeconds, ...rest } = options;
  const set: Record<string, unknown> = { ...part, ...asUsage(() => parseSettings(options.set ?? [], chosen)) };
  asUsage(() => requireEngine(options.engine ?? set.engine));
  return { chosen, runOptions: { ...rest, waitSeconds, set, log: note } };
}

/** Refuses an engine that is unknown or not available here, before a dataset is downloaded for it. */
export function requireEngine(id: unknown): void {
  if (typeof id === "string" && id !== "auto") engineRecord(id).describe({});
}

/** The errors that another command line does not help against: the state of the run folder or of the disk is at fault. */
const NOT_USAGE: readonly (ErrorCode | undefined)[] = [
  "run-folder-busy",
  "run-shards-busy",
  "run-folder-mismatch",
  "disk-full",
];

/** Before a run has started, other complaints of the library are about what was asked for. */
export function isUsage(error: unknown): boolean {
  return error instanceof NonsmoothError && !NOT_USAGE.includes(error.code);
}
