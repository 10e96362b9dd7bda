/** What the GPU's benchmark takes from inside the library, behind its public list. */
import { Device } from "nonsmooth/dist/engines/cuda/device";

export { kinkInput, replicate, stackFeeds } from "nonsmooth/dist/autodiff";
export { disposeAll, engineRecord, holdAll, nvidiaDevice, toOnnx, webgpuAdapter } from "nonsmooth/dist/engines";
export { computes, examine, kinkTrials, operationTrials, type Trial } from "nonsmooth/dist/engines/conformance";
export { planGraph } from "nonsmooth/dist/engines/cuda/plan";
export { webgpuTarget } from "nonsmooth/dist/engines/onnx/targets";
export { schema } from "nonsmooth/dist/experiments/bifurcation-frequency/config";
export { worker } from "nonsmooth/dist/experiments/bifurcation-frequency/worker";
export { formatOf } from "nonsmooth/dist/formats";
export { size } from "nonsmooth/dist/ir";
export { opNames } from "nonsmooth/dist/ops";
export { Programs } from "nonsmooth/dist/train";

/** The device that the engine `cuda` of this process computes on. */
export const cudaDevice = (): Device => Device.open();
export type CudaDriver = Device["libraries"]["driver"];
