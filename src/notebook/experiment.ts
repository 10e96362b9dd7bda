import {
  configKeys,
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
import { type Drawing, figureView } from "./watch";

/**
 * The preset that notebooks run with: the environment variable NONSMOOTH_PRESET, or else `laptop`.
 * @throws if the variable does not name a preset
 */
export function notebookPreset(environment: NodeJS.ProcessEnv = process.env): Preset {
  const { NONSMOOTH_PRESET: name = "laptop" } = environment;
  const found = presetNames.find((preset) => preset === name);
  return found ?? fail("NONSMOOTH_PRESET", `must be one of ${presetNames.join(", ")}`, name);
}

/** The engine that NONSMOOTH_ENGINE names; a cell that names one itself keeps its own, and an experiment without this setting has none. */
function notebookEngine<C extends object>(
  experiment: Experiment<C>,
  { engine, set }: Pick<RunOptions<{ engine?: string }>, "engine" | "set">,
): string | undefined {
  const named = engine ?? set?.engine;
  return named ?? (configKeys(experiment).includes("engine") ? process.env.NONSMOOTH_ENGINE || undefined : undefined);
}

export interface NotebookRunOptions<C extends object, R extends Row = Row> extends RunOptions<C> {
  /**
   * Whether the experiment's figure, or what a function makes of the run, `(run) => ({ title, data, layout })` or `drawTrainingCurves`, is drawn from the rows so far while it runs, every 3 seconds or less often, so that drawing takes 5 %
   * of the time; at the end the figure stays, as `show` leaves it. Default false. No effect outside a notebook.
   */
  readonly watch?: boolean | Drawing<C, R>;
}

/**
 * Runs an experiment in a cell, with a progress line, and with `watch` its figure. It can be interrupted; running the cell again continues it.
 * The preset is `options.preset`, else `notebookPreset()`; the engine that of the cell, else NONSMOOTH_ENGINE, else the experiment's default.
 */
export function runInNotebook<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  { watch = false, ...options }: NotebookRunOptions<C, R> = {},
): Promise<RunResult<C, S, R>> {
  requireExperiment(experiment);
  const figure = watch ? figureView(experiment, watch) : undefined;
  const preset = options.preset ?? notebookPreset();
  return interruptible(async (signal) => {
    const reporter = progressReporter({ title: experiment.title });
    try {
      const result = await runExperiment(experiment, {
        log: (line) => console.log(line),
        ...options,
        engine: notebookEngine(experiment, options),
        preset,
        signal,
        progress: (progress, soFar) => {
          reporter.update(progress);
          figure?.update(soFar);
          options.progress?.(progress, soFar);
        },
      });
      const { rows, seconds, manifest } = result;
      requireAnswer(experiment.name, rows);
      const earlier =
        manifest.seconds - seconds > 1 ? `, ${formatDuration(manifest.seconds)} with earlier sessions` : "";
      reporter.finish(`${rows.length} rows in ${formatDuration(seconds)}${earlier}`);
      await figure?.finish(result);
      return result;
    } catch (error) {
      reporter.fail((error as Error).message);
      await figure?.stop();
      throw error;
    }
  });
}
