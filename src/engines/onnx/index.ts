export { cpuTarget, toOnnx } from "./compile";
export { type CpuOptions, onnxCpuEngine } from "./cpu";
export type { Target } from "./model";
