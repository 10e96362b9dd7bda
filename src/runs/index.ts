export {
  type CellOf,
  type Column,
  type Columns,
  column,
  integer,
  listOf,
  number,
  oneOf,
  orNull,
  text,
  truth,
} from "./columns";
export {
  type CellDifference,
  type ColumnDifference,
  compareEntries,
  type Difference,
  differingKeys,
  environmentOf,
  flatten,
  type RunComparison,
} from "./compare";
export { toCsv } from "./csv";
export { fromDanfo, toDanfo } from "./danfo";
export { decode, encode } from "./encoding";
export { exportRows, writerOf } from "./export";
export { inFolder, tryFolder } from "./files";
export { defaultRuns, findPlace, findRun, rowsOf, runName } from "./find";
export { finishedRun, tryRun, tryRuns } from "./finished-run";
export { JOURNAL, type JournalEntry, readJournal, writeJournal } from "./journal";

export {
  describeRun,
  listRuns,
  type RunEntry,
  type RunPlace,
  runFolders,
  runPlaces,
  type ShardEntry,
  SLURM,
} from "./list";
export { holderOf, lockFolder } from "./lock";
export { configHash, readManifest } from "./manifest";
export { writeParquet } from "./parquet";
export { type PoolOptions, runPool } from "./pool";
export type { PoolWorker, Prepared } from "./pool-protocol";
export { type ProgressMeter, type ProgressMeterOptions, progressMeter } from "./progress";
export { readProgress, type SessionProgress } from "./progress-file";
export { checkout, type Provenance, provenance } from "./provenance";
export { type QueryOptions, query } from "./query";
export { type RestoredRun, restoreRun } from "./restore";
export {
  type Answered,
  anyRows,
  byColumns,
  type CellsOf,
  type DeclaredRow,
  type DeclaredRows,
  type RowOf,
  type RowSchema,
  rowSchema,
} from "./row-schema";
export { type RowsFile, readRows } from "./rows-file";
export { readRunRows } from "./run-rows";
export { requireShard, SHARDS, type Shard, type ShardFolder, shardDirectory, shardFolders, shardText } from "./shard";
export { type OpenRunOptions, openRun } from "./store";
export { fromTable, toTable } from "./table";
export type {
  Cell,
  Config,
  EarlierCode,
  Environment,
  Kind,
  Manifest,
  Progress,
  Row,
  RunStatus,
  RunStore,
} from "./types";
export { type ShardFacts, wholeDivision } from "./unite";
