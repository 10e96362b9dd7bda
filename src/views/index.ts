/** Tables of runs for people to read, a file for each experiment: pure functions from runs to rows. */
export {
  type BifurcationRunRow,
  bifurcationRunsTable,
  type ComparedRunsRow,
  comparedRunsTable,
  type FirstDifferenceRow,
  firstDifferencesTable,
  type SeedsRow,
  seedsTable,
} from "./bifurcation-frequency";
export { type ColumnRow, columnsTable } from "./columns";
export { configTable } from "./config";
export {
  type GradientPlaceRow,
  type GradientSharesRow,
  type GradientSizesRow,
  gradientPlacesTable,
  gradientSharesTable,
  gradientSizesTable,
} from "./gradient-difference";
export { type HarmArmRow, type HarmZerosRow, harmArmsTable, harmZerosTable } from "./harm";
export { datasetLabel, labelled } from "./label";
export { type LawOperationsRow, type LawTableRow, lawOperationsTable, lawTable } from "./law";
export {
  type PoolControlRow,
  type PoolCountsRow,
  type PoolTiesRow,
  poolControlTable,
  poolCountsTable,
  poolTiesTable,
} from "./max-pool-ties";
export {
  type ComparedBatchesRow,
  comparedBatchesTable,
  type KinkBatchesRow,
  kinkBatchesTable,
  type NetworkBatchesRow,
  networkBatchesTable,
  type PlaceZerosRow,
  type PooledBatchesRow,
  type PublishedNetworkRow,
  pooledBatchesTable,
  publishedNetworksTable,
  type ReachedRow,
  reachedTable,
  residualZerosTable,
} from "./networks";
export {
  type NearestRow,
  nearestTable,
  type PublishedFindingRow,
  publishedSurpriseTable,
  type SurpriseRuleRow,
  type SurpriseRunRow,
  surpriseRulesTable,
  surpriseRunsTable,
} from "./surprise";
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
export {
  type ZerosOfEpochRow,
  type ZerosOfPrecisionRow,
  type ZerosRatioRow,
  zerosByEpochTable,
  zerosByPrecisionTable,
  zerosRatiosTable,
} from "./zeros";
export { publishedZoneTable } from "./zone-plane";
