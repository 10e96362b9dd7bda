export type { TrainingData } from "./check-data";
export type { CheckpointOptions } from "./checkpoint";
export { asCheckpointError, isCheckpointError, loadCheckpoint, saveCheckpoint } from "./checkpoint";
export type { Evaluation } from "./evaluate";
export type { EpochEvent, StepEvent, TrainingEvent, TrainingResult } from "./events";
export { exportOnnx, type OnnxExport, weightsOf, writeOnnx } from "./export";
export type { KinkMoment, KinkSetting, TrainingKinks } from "./kinks";
export { type Nudge, nudged } from "./nudge";
export { CHECKPOINT_SECONDS, CheckpointPace } from "./pace";
export {
  networkFormat,
  type ProgramOptions,
  Programs,
  stateFormat,
  type TrainingPrecision,
} from "./programs";
export {
  decodeSafetensors,
  encodeSafetensors,
  type Metadata,
  readMetadata,
  readSafetensors,
  type SafetensorsContent,
  type Tensors,
  type WriteOptions,
  writeSafetensors,
} from "./safetensors";
export { type Position, startState, type TrainingState } from "./state";
export { runTraining, type Training, train } from "./train";
export { type LayerZeros, observeZeros, zerosOf } from "./zeros";
