/** Every experiment. To add one: its file or folder, and a line in the list. */
import { fail, nearest } from "../util";
import { bifurcationFrequency } from "./bifurcation-frequency";
import { learningRateSearch } from "./learning-rate-search";
import { training } from "./training";
import type { Experiment } from "./types";

export {
  type BifurcationConfig,
  type BifurcationSummary,
  bifurcationFrequency,
  type CellSummary,
} from "./bifurcation-frequency";
export { type ConfigSource, configKeys, makeConfig, presetNames } from "./config";
export {
  type BestRate,
  type LearningRateConfig,
  type LearningRateSummary,
  learningRateSearch,
  type RateSummary,
} from "./learning-rate-search";
export { type PlanResult, planExperiment } from "./plan";
export { type RunOptions, type RunResult, runExperiment } from "./run";
export {
  type PairedDifference,
  type TrainingCell,
  type TrainingConfig,
  type TrainingSummary,
  training,
} from "./training";
export type { Experiment, Plan, PlanContext, PlannedRuns, Preset, RunContext } from "./types";

export const experiments: readonly Experiment[] = [bifurcationFrequency, training, learningRateSearch];

/** The experiment of a name. @throws NonsmoothError with the nearest known name as a hint */
export function experiment(name: string): Experiment {
  const names = experiments.map((known) => known.name);
  const near = nearest(name, names);
  const found = experiments.find((known) => known.name === name);
  return found ?? fail("experiment", `must be one of ${names.join(", ")}`, name, near && `did you mean ${near}?`);
}
