/** What the benchmarks of training take from inside the library, behind its public list. */

export { kinkInput } from "nonsmooth/dist/autodiff";
export { toOnnx } from "nonsmooth/dist/engines/onnx/compile";
export { convolutionBlock } from "nonsmooth/dist/engines/onnx/probe";
export { cpuTarget } from "nonsmooth/dist/engines/onnx/targets";
export { size } from "nonsmooth/dist/ir";
export { Programs } from "nonsmooth/dist/train";
