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
import { isDetachable, runDetached } from "./detached";
import { eitherSignal, interruptible } from "./interrupt";
import { inKernel } from "./kernel";
import { progressReporter } from "./progress";
import { type Drawing, figureView } from "./watch";

/**
 * The preset that notebooks run with: the environment variable NONSMOOTH_PRESET, or else `laptop`.
 * @throws if the variable does not name a preset
 * @example
 * ```ts
 * import { notebookPreset } from "nonsmooth";
 *
 * console.log(notebookPreset({}), notebookPreset({ NONSMOOTH_PRESET: "smoke" })); // laptop smoke
 * ```
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

export interface NotebookRunOptions<C extends object, R extends Row = Row> extends Omit<RunOptions<C>, "detached"> {
  /**
   * Whether the experiment's figure, or what a function makes of the run, `(run) => ({ title, data, layout })` or `drawTrainingCurves`, is drawn from the rows so far while it runs, every 3 seconds or less often, so that drawing takes 5 %
   * of the time; at the end the figure stays, as `show` leaves it. Default false. No effect outside a notebook.
   */
  readonly watch?: boolean | Drawing<C, R>;
  /**
   * Whether the experiment runs in a process of its own, which goes on if the page, the kernel or Jupyter itself is closed; the same cell,
   * executed again, finds it. Default: in a notebook true, elsewhere, with NONSMOOTH_DETACHED=0 and where a program executes the
   * notebook (`nonsmooth notebooks`) false. An experiment of your own runs here in any case.
   */
  readonly detached?: boolean;
}

/**
 * Runs an experiment in a cell, with a progress line, and with `watch` its figure. ■ stops it; running the cell again continues it. A run
 * that another notebook or a terminal is at work on is not started twice: it is shown to its end.
 * The preset is `options.preset`, else `notebookPreset()`; the engine that of the cell, else NONSMOOTH_ENGINE, else the experiment's default.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, runInNotebook } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * const { rows, config } = await runInNotebook(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * console.log(rows.length, config.engine);
 * ```
 */
export function runInNotebook<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  options: NotebookRunOptions<C, R> = {},
): Promise<RunResult<C, S, R>> {
  requireExperiment(experiment);
  return interruptible((signal) => runShown(experiment, { ...options, signal: eitherSignal(signal, options.signal) }));
}

/** Runs an experiment, and shows how far it is, in the cell that this code belongs to. */
export async function runShown<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  { watch = false, detached = detachedByDefault(), ...options }: NotebookRunOptions<C, R>,
): Promise<RunResult<C, S, R>> {
  const figure = watch ? figureView(experiment, watch) : undefined;
  const reporter = progressReporter({ title: experiment.title });
  // a shard has a folder of its own, which nobody looks for
  const run = detached && !options.shard && isDetachable(experiment) ? runDetached : runExperiment;
  try {
    const result = await run(experiment, {
      log: (line) => console.log(line),
      ...options,
      ...notebookDefaults(experiment, options),
      progress: (progress, soFar) => {
        reporter.update(progress);
        figure?.update(soFar);
        options.progress?.(progress, soFar);
      },
    });
    const { rows, seconds, manifest } = result;
    requireAnswer(experiment.name, rows);
    const earlier = manifest.seconds - seconds > 1 ? `, ${formatDuration(manifest.seconds)} with earlier sessions` : "";
    reporter.finish(`${rows.length} rows in ${formatDuration(seconds)}${earlier}`);
    await figure?.finish(result);
    return result;
  } catch (error) {
    reporter.fail((error as Error).message);
    await figure?.stop();
    throw error;
  }
}

/** Where a notebook's cell leaves something open, its environment says it. */
export const notebookDefaults = <C extends object>(experiment: Experiment<C>, options: RunOptions<C>) => ({
  engine: notebookEngine(experiment, options),
  preset: options.preset ?? notebookPreset(),
});

const detachedByDefault = (): boolean => inKernel() && process.env.NONSMOOTH_DETACHED !== "0";
