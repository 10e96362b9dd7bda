export { type Adapter, webgpuAdapter } from "./adapter";
export { toOnnx } from "./compile";
export { type CpuOptions, onnxCpuEngine } from "./cpu";
export { type CudaOptions, cudaLibrary, INSTALL_CUDA, nvidiaDevice, onnxCudaEngine } from "./cuda";
export type { Target } from "./model";
export { cpuTarget } from "./targets";
export { onnxWebgpuEngine, type WebgpuOptions, webgpuFormats } from "./webgpu";
