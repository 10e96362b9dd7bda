/** Runs an experiment for a command: options, progress on standard error, interrupts, exit codes. */
import { type Command, Option } from "commander";
import {
  type Experiment,
  experiment,
  presetNames,
  type RunOptions,
  type RunResult,
  runExperiment,
} from "../experiments";
import { progressReporter } from "../notebook";
import { isUnusable } from "../runs";
import { fail, NonsmoothError } from "../util";
import { asUsage, EXIT, Exit, note } from "./exit";
import { dataOption, runsOption } from "./folder-options";
import { untilInterrupted } from "./interrupt";
import { parseSettings } from "./settings";

/** The options of `addLaunchOptions`, as commander gives them. */
export interface LaunchOptions {
  readonly preset?: string;
  readonly set?: readonly string[];
  readonly engine?: string;
  readonly data?: string;
  readonly runs?: string;
  readonly workers?: number;
  readonly fresh?: boolean;
}

/** Gives a command the options that say what is run, with what, and where. */
export function addLaunchOptions(command: Command): Command {
  return command
    .addOption(presetOption())
    .option("--set <key=value>", "change one key of the configuration; again for more keys", gather)
    .option("--engine <id>", "what computes: see `nonsmooth list engines`; auto: a GPU where there is one")
    .addOption(dataOption())
    .addOption(runsOption())
    .option("--workers <n>", "processes; 0 works in this one (default: one for each core)", wholeNumber("--workers"));
}

export function presetOption(): Option {
  return new Option("--preset <name>", `start from a preset: ${presetNames.join(", ")}`);
}

/** A parser of an option's argument: a whole number, 0 or more. */
export function wholeNumber(option: string): (text: string) => number {
  return (text) =>
    asUsage(() => (/^\d+$/.test(text) ? Number(text) : fail(option, "must be a whole number, 0 or more", text)));
}

const gather = (text: string, before: readonly string[] = []) => [...before, text];

/**
 * Runs an experiment, or goes on with it.
 * @throws Exit with code 2 for what is wrong with the command line, 130 when interrupted; else why the run failed
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

/** The experiment, and the options in the library's terms. @throws Exit with code 2 for an unknown name or setting */
export function readOptions(name: string, options: LaunchOptions): { chosen: Experiment; runOptions: RunOptions } {
  const chosen = asUsage(() => experiment(name));
  const set = asUsage(() => parseSettings(options.set ?? [], chosen));
  return { chosen, runOptions: { ...options, set, log: note } };
}

/** Before a run has started the library complains of what was asked for, save where the run folder is in use or the disk full. */
function isUsage(error: unknown): boolean {
  return error instanceof NonsmoothError && (!error.what.startsWith("run folder") || isUnusable(error));
}
