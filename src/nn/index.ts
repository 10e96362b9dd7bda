export {
  type ActivationName,
  activation,
  activationNames,
  activationOf,
  hardSwish,
  hardTanh,
  leakyRelu,
  relu,
  relu6,
} from "./activation";
export { averagePool } from "./average-pool";
export { type BatchNormOptions, batchNorm } from "./batch-norm";
export { type Conv2dOptions, conv2d } from "./conv2d";
export { dropout, dropoutMask } from "./dropout";
export { flatten } from "./flatten";
export { globalAveragePool } from "./global-average-pool";
export { type Fan, type Fill, type Initialisation, kaimingNormal, normal, torchDefault, uniform } from "./init";
export {
  type Context,
  combine,
  type Layer,
  type Mask,
  type Mode,
  type Parameter,
  sequential,
  stateless,
} from "./layer";
export { linear } from "./linear";
export { crossEntropy, l1Loss } from "./loss";
export { type MaxPoolLayerOptions, type Mixture, maxPool } from "./max-pool";
export {
  createNetwork,
  type Network,
  type NetworkName,
  type NetworkOptions,
  networkNames,
  networks,
  networkTitle,
} from "./models";
export type { ImageNetworkOptions, ImageShape } from "./models/image";
export { lenet5 } from "./models/lenet5";
export { type MlpOptions, mlp } from "./models/mlp";
export type { Stem } from "./models/resnet";
export { type Resnet18Options, resnet18 } from "./models/resnet18";
export { resnet50 } from "./models/resnet50";
export { type VggDepth, vgg } from "./models/vgg";
export {
  type Applied,
  type ApplyOptions,
  applyNetwork,
  bufferInputs,
  drawMasks,
  initialise,
  parameterInputs,
} from "./network";
export type { PoolOptions } from "./pool";
export { type ResidualOptions, residual } from "./residual";
