/** Every experiment. To add one: its file or folder, and a line in the list. */
import { type Columns, compareEntries, findRun, type RowSchema, type RunComparison } from "../runs";
import { requireName } from "../util";
import { bifurcationFrequency } from "./bifurcation-frequency";
import { bifurcationFrequencyNetworks, reluFamily } from "./bifurcation-frequency-networks";
import { gradientDifference } from "./gradient-difference";
import { harm } from "./harm";
import { law } from "./law";
import { learningRateSearch } from "./learning-rate-search";
import { maxPoolTieCounts } from "./max-pool-tie-counts";
import { maxPoolTies } from "./max-pool-ties";
import { surprise, zonePlane } from "./surprise";
import { training } from "./training";
import type { Experiment } from "./types";
import { zeros } from "./zeros";

export { bestRate } from "./best-rate";
export {
  type BifurcationConfig,
  type BifurcationRow,
  type BifurcationSummary,
  bifurcationFrequency,
  type CellSummary,
} from "./bifurcation-frequency";
export {
  type BatchSummary,
  bifurcationFrequencyNetworks,
  type NetworksConfig,
  type NetworksRow,
  type NetworksSummary,
  reluFamily,
  type SampleSummary,
} from "./bifurcation-frequency-networks";
export { type ConfigSource, configKeys, makeConfig, presetNames, requireExperiment, type Settings } from "./config";
export { type CostEstimate, costLines, estimateCost } from "./estimate";
export { type Evidence, evidenceOf, evidenceText, refuseWeaker, sumOfEvidence } from "./evidence";
export {
  type DifferenceCell,
  type GradientDifferenceConfig,
  type GradientDifferenceRow,
  type GradientDifferenceSummary,
  gradientDifference,
  type Quantiles,
} from "./gradient-difference";
export {
  type HarmArm,
  type HarmCell,
  type HarmConfig,
  type HarmRow,
  type HarmStudy,
  type HarmSummary,
  harm,
  harmStudies,
  harmStudy,
} from "./harm";
export {
  agreementOf,
  type LawAgreement,
  type LawArm,
  type LawCell,
  type LawConfig,
  type LawLayer,
  type LawRow,
  type LawSummary,
  law,
  lawArm,
  lawArms,
} from "./law";
export {
  type BestRate,
  type LearningRateConfig,
  type LearningRateRow,
  type LearningRateSummary,
  learningRateSearch,
  type RateSummary,
} from "./learning-rate-search";
export {
  type MaxPoolTieCountsCell,
  type MaxPoolTieCountsConfig,
  type MaxPoolTieCountsRow,
  type MaxPoolTieCountsSummary,
  maxPoolTieCounts,
} from "./max-pool-tie-counts";
export {
  type MaxPoolTiesArm,
  type MaxPoolTiesCell,
  type MaxPoolTiesConfig,
  type MaxPoolTiesRow,
  type MaxPoolTiesSummary,
  maxPoolTies,
  maxPoolTiesArm,
  maxPoolTiesArms,
  type Pooling,
} from "./max-pool-ties";
export { requireAnswer } from "./outcome";
export { type PlanResult, planExperiment } from "./plan";
export { type RunOptions, type RunResult, runExperiment } from "./run";
export {
  type PlaneConfig,
  type PlaneRow,
  type PlaneSummary,
  type RunSummary,
  type SurpriseConfig,
  type SurpriseRow,
  type SurpriseSummary,
  surprise,
  zonePlane,
} from "./surprise";
export {
  type PairedDifference,
  type TrainingArm,
  type TrainingCell,
  type TrainingConfig,
  type TrainingRow,
  type TrainingSummary,
  training,
  trainingArm,
  trainingArms,
} from "./training";
export type { Experiment, Plan, PlanContext, PlannedRuns, Preset, RunContext } from "./types";

export {
  type Count as ZerosCount,
  poolZeros,
  type ZerosCell,
  type ZerosConfig,
  type ZerosRow,
  type ZerosSummary,
  zeros,
} from "./zeros";

export const experiments: readonly Experiment[] = [
  bifurcationFrequency,
  training,
  learningRateSearch,
  surprise,
  zonePlane,
  gradientDifference,
  zeros,
  bifurcationFrequencyNetworks,
  reluFamily,
  maxPoolTies,
  maxPoolTieCounts,
  harm,
  law,
];

/** The experiment of a name. @throws NonsmoothError with the nearest known name as a hint */
export function experiment(name: string): Experiment {
  const names = experiments.map((known) => known.name);
  return experiments[names.indexOf(requireName("experiment", names, name))]!;
}

/** What is known of an experiment's rows; undefined for an experiment that is not ours. */
export const rowsSchemaOf = (name: string): RowSchema | undefined =>
  experiments.find((known) => known.name === name)?.rows;

/** The columns of an experiment's rows; undefined for an experiment that is not ours. */
export const columnsOf = (name: string): Columns | undefined => rowsSchemaOf(name)?.columns;

/**
 * What differs between two runs of one experiment: configuration, environment, and the rows joined by the experiment's key.
 * @param a,b as `findRun` takes them: `<experiment>/<hash>`, the first digits of a hash, or a folder
 * @param options.runs folder of all runs; default: data/runs of the project
 * @throws NonsmoothError for a run that is not there or broken, and for two experiments
 */
export function compareRuns(a: string, b: string, options: { readonly runs?: string } = {}): RunComparison {
  const [first, second] = [findRun(a, options), findRun(b, options)];
  return compareEntries(first, second, (row) => experiment(first.experiment).rows.key(row));
}
