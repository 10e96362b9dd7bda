export { type Adapter, webgpuAdapter } from "./adapter";
export { toOnnx } from "./compile";
export { type CpuOptions, onnxCpu, onnxCpuEngine } from "./cpu";
export type { Target } from "./model";
export { cpuTarget } from "./targets";
export { adapterWords, onnxWebgpu, onnxWebgpuEngine, type WebgpuOptions } from "./webgpu";
