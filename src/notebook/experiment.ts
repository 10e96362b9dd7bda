import {
  type Experiment,
  type Preset,
  presetNames,
  type RunOptions,
  type RunResult,
  requireAnswer,
  requireExperiment,
  runExperiment,
} from "../experiments";
import type { Row } from "../runs";
import { fail, formatDuration } from "../util";
import { interruptible } from "./interrupt";
import { progressReporter } from "./progress";

/**
 * The preset that notebooks run with: the environment variable NONSMOOTH_PRESET, or else `laptop`.
 * @throws if the variable does not name a preset
 */
export function notebookPreset(environment: NodeJS.ProcessEnv = process.env): Preset {
  const { NONSMOOTH_PRESET: name = "laptop" } = environment;
  const found = presetNames.find((preset) => preset === name);
  return found ?? fail("NONSMOOTH_PRESET", `must be one of ${presetNames.join(", ")}`, name);
}

/** The engine that NONSMOOTH_ENGINE names; a cell that names one itself keeps its own. */
function notebookEngine({ engine, set }: Pick<RunOptions<{ engine?: string }>, "engine" | "set">): string | undefined {
  return engine ?? set?.engine ?? (process.env.NONSMOOTH_ENGINE || undefined);
}

/**
 * Runs an experiment in a cell, with a progress line. It can be interrupted; running the cell again continues it.
 * The preset is `options.preset`, else `notebookPreset()`; the engine that of the cell, else NONSMOOTH_ENGINE, else the experiment's default.
 */
export function runInNotebook<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  options: RunOptions<C> = {},
): Promise<RunResult<C, S, R>> {
  requireExperiment(experiment);
  const preset = options.preset ?? notebookPreset();
  return interruptible(async (signal) => {
    const reporter = progressReporter({ title: experiment.title });
    try {
      const result = await runExperiment(experiment, {
        log: (line) => console.log(line),
        ...options,
        engine: notebookEngine(options),
        preset,
        signal,
        progress: (progress) => reporter.update(progress),
      });
      const { rows, seconds, manifest } = result;
      requireAnswer(experiment.name, rows);
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
