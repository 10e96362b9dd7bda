/** What the GPU's benchmark takes from inside the library, behind its public list. */

export { kinkInput, replicate, stackFeeds } from "nonsmooth/dist/autodiff";
export { nvidiaDevice, toOnnx, webgpuAdapter } from "nonsmooth/dist/engines";
export { webgpuTarget } from "nonsmooth/dist/engines/onnx/targets";
export { schema } from "nonsmooth/dist/experiments/bifurcation-frequency/config";
export { worker } from "nonsmooth/dist/experiments/bifurcation-frequency/worker";
export { formats } from "nonsmooth/dist/formats";
export { size } from "nonsmooth/dist/ir";
export { Programs } from "nonsmooth/dist/train";
