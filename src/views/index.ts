/** Tables of runs for people to read, a file for each experiment: pure functions from runs to rows. */
export { configTable } from "./config";
export { datasetLabel, labelled } from "./label";
export {
  type DifferenceRow,
  differencesTable,
  type FinalRow,
  finalsTable,
  type KindColumn,
  type PublishedAccuracyRow,
  type PublishedEpochRow,
  publishedAccuracyTable,
  publishedCurvesTable,
  type TrainingRun,
  type TrainingRunRow,
  trainingRunsTable,
} from "./training";
export { type BufferingRow, bufferingTable } from "./training-batch-norm";
export {
  type PublishedChangeRow,
  publishedChangesTable,
  type RuleDifferenceRow,
  type RuleFailuresRow,
  type RuleValuesRow,
  ruleDifferencesTable,
  ruleFailuresTable,
  ruleValuesTable,
} from "./training-chain-rules";
export { type DropoutSlipRow, dropoutSlipTable } from "./training-dropout";
