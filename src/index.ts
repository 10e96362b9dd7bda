/**
 * Derivatives at kinks, in finite precision: the whole public list, in the order in which data flows.
 * @module nonsmooth
 */

// a heading with an empty line below it begins a section: the formatter sorts within sections only

// errors, randomness, statistics

export {
  bootstrapMean,
  type Estimate,
  equivalenceTest,
  formatDuration,
  holm,
  intervalWords,
  mean,
  NonsmoothError,
  type PairedEstimate,
  pairedMean,
  quantile,
  Stream,
  signTest,
  stream,
  tInterval,
  wilson,
} from "./util";

// floating-point formats

export {
  type ElementFormat,
  type FloatFormat,
  type FormatName,
  formatNames,
  formatOf,
  formats,
  narrowFormat,
  type PrecisionId,
  type UniformId,
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

// operations, as functions on values: ops.relu(x)

export {
  type Activation,
  type ActivationDefinition,
  defineActivation,
  type Kink,
  type OpName,
  opNames,
  ops,
} from "./ops";

// differentiation, with the conventions at kinks as inputs

export {
  type ChainRule,
  type ConventionName,
  checkGradient,
  conventions,
  type GradientOptions,
  gradient,
  type KinkChoice,
  type KinkPlace,
  type KinkSite,
  type Kinks,
  kinkHits,
  kinkSites,
  knownKinks,
  type NamedConvention,
  type ReplicateOptions,
  replicate,
  stackFeeds,
} from "./autodiff";

// what computes

export {
  type ActivationCheck,
  type Adapter,
  checkActivation,
  chooseEngine,
  createEngine,
  cudaSource,
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

// networks

export {
  type Applied,
  activation,
  applyNetwork,
  averagePool,
  batchNorm,
  type Context,
  combine,
  conv2d,
  createNetwork,
  crossEntropy,
  drawMasks,
  dropout,
  flatten,
  globalAveragePool,
  hardSwish,
  hardTanh,
  initialise,
  type Layer,
  l1Loss,
  leakyRelu,
  lenet5,
  linear,
  type Mixture,
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
  stateless,
  vgg,
} from "./nn";

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

// datasets

export {
  arrays,
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
  type NumberDataset,
  openImageFolder,
  preprocessing,
  resolveDataset,
  type Transform,
} from "./data";

// training

export {
  type EpochEvent,
  exportOnnx,
  type KinkMoment,
  type KinkSetting,
  observeZeros,
  readSafetensors,
  runTraining,
  type StepEvent,
  type Training,
  type TrainingData,
  type TrainingEvent,
  type TrainingPrecision,
  type TrainingResult,
  train,
  weightsOf,
  writeOnnx,
  writeSafetensors,
} from "./train";

// run folders and their rows as dataframes

export {
  type Cell,
  type CellsOf,
  type Column,
  type Columns,
  column,
  type DeclaredRow,
  exportRows,
  findRun,
  fromDanfo,
  fromTable,
  listRuns,
  type Progress,
  query,
  type Row,
  type RunComparison,
  type RunEntry,
  rowsOf,
  type Shard,
  type ShardEntry,
  toCsv,
  toDanfo,
  toTable,
} from "./runs";

// experiments

export {
  type BifurcationConfig,
  type BifurcationRow,
  type BifurcationSummary,
  bifurcationFrequency,
  bifurcationFrequencyNetworks,
  type CellSummary,
  type ConfigOf,
  compareRuns,
  type DifferenceCell,
  defineExperiment,
  type Experiment,
  type ExperimentDefinition,
  experiment,
  experiments,
  type GradientDifferenceConfig,
  type GradientDifferenceRow,
  type GradientDifferenceSummary,
  gradientDifference,
  type HarmArm,
  type HarmCell,
  type HarmConfig,
  type HarmRow,
  type HarmStudy,
  type HarmSummary,
  harm,
  harmStudies,
  harmStudy,
  type JobContext,
  type LawCell,
  type LawConfig,
  type LawRow,
  type LawSummary,
  type LearningRateConfig,
  type LearningRateRow,
  type LearningRateSummary,
  law,
  lawArm,
  lawArms,
  learningRateSearch,
  makeConfig,
  maxPoolTieCounts,
  maxPoolTies,
  maxPoolTiesArm,
  type NetworksConfig,
  type NetworksRow,
  type NetworksSummary,
  type Plan,
  type PlaneConfig,
  type PlaneRow,
  type PlaneSummary,
  type Preset,
  planExperiment,
  poolZeros,
  type RunOptions,
  type RunResult,
  type RunSummary,
  reluFamily,
  runExperiment,
  type SurpriseConfig,
  type SurpriseRow,
  type SurpriseSummary,
  surprise,
  type TrainingArm,
  type TrainingConfig,
  type TrainingRow,
  type TrainingSummary,
  training,
  trainingArm,
  type ZerosCell,
  type ZerosConfig,
  type ZerosRow,
  zeros,
  zonePlane,
} from "./experiments";

// figures

export {
  baseLayout,
  colors,
  drawBifurcationFrequency,
  drawBifurcationFrequencyNetworks,
  drawFinalAccuracy,
  drawGradientDifference,
  drawHarm,
  drawLaw,
  drawLawLayers,
  drawLawOrders,
  drawLawPrecision,
  drawMaxPoolTies,
  drawReluFamily,
  drawSurprise,
  drawTrainingCurves,
  drawZeros,
  drawZonePlane,
  errorBars,
  type Figure,
  figureOf,
  figures,
  type Plot,
  type PublishedAccuracy,
  type PublishedEpoch,
  type PublishedFrequency,
  type PublishedNetwork,
  type PublishedTables,
  type PublishedZeros,
  type PublishedZerosOfEpoch,
  precisionStyle,
  published,
  type RunRecord,
  type SaveOptions,
  saveFigure,
  saveResults,
  seriesStyle,
  toPng,
  toSvg,
  withLayout,
  writeFigure,
} from "./figures";

// tables of runs, with the types of their rows

export * from "./views";

// a page to explore runs

export { type ExploreOptions, type Explorer, explore } from "./explore";

// notebooks

export {
  inKernel,
  interactive,
  interruptible,
  notebookPreset,
  progressReporter,
  runInNotebook,
  type StartedRun,
  show,
  showMarkdown,
  showTable,
  startInNotebook,
  type TrainingEvents,
  type Watched,
  type WatchOptions,
  watch,
} from "./notebook";
