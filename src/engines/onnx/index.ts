export { cpuFormatting, type Formatting, toOnnx } from "./compile";
export { type CpuOptions, onnxCpuEngine } from "./cpu";
