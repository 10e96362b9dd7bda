/**
 * nonsmooth: derivatives at kinks, in finite precision.
 * The whole public list, in the order in which data flows through the folders of src/.
 */
// errors, randomness, statistics

// differentiation, with the conventions at kinks as inputs
export {
  type ChainRule,
  checkGradient,
  type GradientOptions,
  gradient,
  type KinkChoice,
  type KinkSite,
  kinkHits,
  kinkSites,
  knownKinks,
  type ReplicateOptions,
  replicate,
  stackFeeds,
} from "./autodiff";
// datasets
export {
  Batches,
  colourGlyphs,
  createLoader,
  type DataSource,
  type Dataset,
  dataSources,
  glyphs,
  holdOut,
  type ImageFolder,
  imagenet,
  type Loader,
  type LoaderOptions,
  loadDataset,
  openImageFolder,
  preprocessing,
  resolveDataset,
  type Transform,
} from "./data";
// what computes
export {
  type Adapter,
  chooseEngine,
  createEngine,
  defaultEngine,
  type Engine,
  type EngineChoice,
  type EngineOptions,
  engines,
  type Feeds,
  type Held,
  type HeldResults,
  type Latitude,
  type Program,
  type Results,
  webgpuAdapter,
} from "./engines";
// experiments
export {
  type BifurcationConfig,
  bifurcationFrequency,
  type CellSummary,
  type Experiment,
  experiment,
  experiments,
  type LearningRateConfig,
  type LearningRateSummary,
  learningRateSearch,
  makeConfig,
  type Plan,
  type Preset,
  planExperiment,
  type RunOptions,
  type RunResult,
  runExperiment,
  type TrainingConfig,
  type TrainingSummary,
  training,
} from "./experiments";
// figures
export {
  colors,
  drawBifurcationFrequency,
  drawTrainingCurves,
  type Figure,
  figures,
  type Published,
  precisionStyle,
  published,
  saveFigure,
  seriesStyle,
  toPng,
  toSvg,
  writeFigure,
} from "./figures";
// floating-point formats
export {
  type ElementFormat,
  type FloatFormat,
  type FormatName,
  formatNames,
  formatOfBits,
  formats,
  narrowFormat,
} from "./formats";
// the graph
export {
  constant,
  formatType,
  type Graph,
  graph,
  input,
  print,
  type Shape,
  type Tensor,
  type Type,
  tensor,
  type Value,
  verify,
  wrap,
} from "./ir";
// networks
export {
  type Applied,
  applyNetwork,
  averagePool,
  batchNorm,
  conv2d,
  createNetwork,
  crossEntropy,
  drawMasks,
  dropout,
  flatten,
  globalAveragePool,
  initialise,
  type Layer,
  leakyRelu,
  lenet5,
  linear,
  maxPool,
  mlp,
  type NetworkOptions,
  networkNames,
  type Parameter,
  parameterInputs,
  relu,
  relu6,
  residual,
  resnet18,
  resnet50,
  sequential,
  vgg,
} from "./nn";
// notebooks
export {
  formatDuration,
  inKernel,
  interactive,
  interruptible,
  progressReporter,
  runInNotebook,
  show,
  showMarkdown,
  showTable,
} from "./notebook";
// operations, as functions on values: ops.relu(x)
export { type Kink, type OpName, opNames, ops } from "./ops";
// optimizers, built into the graph
export {
  adam,
  adamw,
  applyMixed,
  applyOptimizer,
  createOptimizer,
  initialState,
  type Optimizer,
  type Schedule,
  scalarFeeds,
  scheduleFactor,
  sgd,
} from "./optim";
// run folders and their rows as dataframes
export { type Cell, fromDanfo, fromTable, listRuns, type Progress, query, type Row, toDanfo, toTable } from "./runs";
// training
export {
  type EpochEvent,
  exportOnnx,
  readSafetensors,
  runTraining,
  type StepEvent,
  type Training,
  type TrainingEvent,
  type TrainingPrecision,
  type TrainingResult,
  train,
  weightsOf,
  writeOnnx,
  writeSafetensors,
} from "./train";
export { bootstrapMean, type Estimate, mean, NonsmoothError, quantile, Stream, stream, wilson } from "./util";
