import { type Experiment, type RunOptions, type RunResult, runExperiment } from "../experiments";
import { formatDuration } from "../util";
import { interruptible } from "./interrupt";
import { progressReporter } from "./progress";

/**
 * Runs an experiment in a cell: with a progress line, and interruptible, so that running the cell again goes on.
 * The preset is `options.preset`, else the environment variable NONSMOOTH_PRESET, else `laptop`.
 */
export function runInNotebook<C extends object, S>(
  experiment: Experiment<C, S>,
  options: RunOptions<C> = {},
): Promise<RunResult<C, S>> {
  const preset = options.preset ?? process.env.NONSMOOTH_PRESET ?? "laptop";
  return interruptible(async (signal) => {
    const reporter = progressReporter({ title: experiment.title });
    try {
      const result = await runExperiment(experiment, {
        log: (line) => console.log(line),
        ...options,
        preset,
        signal,
        progress: (progress) => reporter.update(progress),
      });
      const { rows, seconds, manifest } = result;
      const earlier =
        manifest.seconds - seconds > 1 ? `, ${formatDuration(manifest.seconds)} with earlier sessions` : "";
      reporter.finish(`${rows.length} rows in ${formatDuration(seconds)}${earlier}`);
      return result;
    } catch (error) {
      reporter.fail((error as Error).message);
      throw error;
    }
  });
}
