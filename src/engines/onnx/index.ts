export { type Adapter, webgpuAdapter } from "./adapter";
export { toOnnx } from "./compile";
export { type CpuOptions, onnxCpu, onnxCpuEngine } from "./cpu";
export { type CudaOptions, INSTALL_CUDA, onnxCuda, onnxCudaEngine } from "./cuda";
export type { Target } from "./model";
export { cudaLibrary, nvidiaDevice } from "./nvidia";
export { cpuTarget } from "./targets";
export { adapterWords, onnxWebgpu, onnxWebgpuEngine, type WebgpuOptions } from "./webgpu";
