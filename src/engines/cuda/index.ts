/**
 * NVIDIA GPUs through CUDA: true arithmetic in every format, a whole step as one CUDA graph. NVIDIA's driver, NVRTC and cuBLAS are
 * called from Node; nothing is compiled or downloaded at installation.
 */
import { type FormatName, formatNames } from "../../formats";
import { type Engine, ProgramCache } from "../engine";
import type { EngineOptions, EngineRecord } from "../record";
import { Device } from "./device";
import { compileProgram, requireFormats } from "./program";
import { upload } from "./tensors";

export { cudaSource } from "./plan";

export interface CudaOptions {
  /**
   * Whether products of f32 matrices may be computed in TensorFloat-32, which keeps 11 bits of each factor; default false.
   * PyTorch used it by default for products until 1.11, and still does for convolutions.
   */
  readonly tf32?: boolean;
}

export const cuda: EngineRecord = {
  id: "cuda",
  summary: `NVIDIA GPUs with CUDA: ${formatNames.join(", ")}`,
  formats: formatNames,
  describe({ tf32 = false }: EngineOptions) {
    const device = Device.open();
    const settings = { device: device.name, tf32: Number(tf32) };
    return { formats: formatsOn(device), settings, memory: "device", sharedDevice: true };
  },
  create: cudaEngine,
  device: () => describeDevice(Device.open()),
};

/** bfloat16 has matrix products from compute capability 8.0 on. */
const formatsOn = ({ capability }: Device): FormatName[] =>
  formatNames.filter((format) => format !== "bf16" || capability >= 80);

/** "NVIDIA H200, compute capability 9.0, driver for CUDA 12.8" */
function describeDevice({ name, capability, libraries: { driverVersion } }: Device): string {
  const version = `${Math.floor(driverVersion / 1000)}.${Math.floor((driverVersion % 1000) / 10)}`;
  return `${name}, compute capability ${capability / 10}, driver for CUDA ${version}`;
}

/** @throws NonsmoothError without an NVIDIA GPU, its driver, NVRTC or cuBLAS */
export function cudaEngine({ tf32 = false }: CudaOptions = {}): Engine {
  const device = Device.open();
  const description = cuda.describe({ tf32 });
  const cache = new ProgramCache(async (graph) => {
    requireFormats(graph, description.formats);
    return compileProgram(device, graph, { tf32 });
  });
  return {
    id: cuda.id,
    ...description,
    compile: (graph) => cache.get(graph),
    hold: async (tensor) => upload(device, tensor),
    dispose: () => cache.dispose(),
  };
}
