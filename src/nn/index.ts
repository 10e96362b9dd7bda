export { leakyRelu, relu, relu6 } from "./activation";
export { linearDefault, uniform } from "./init";
export { initialise, type Layer, type Parameter, parameterInputs, sequential } from "./layer";
export { linear } from "./linear";
export { crossEntropy } from "./loss";
export { type MlpOptions, mlp } from "./models/mlp";
