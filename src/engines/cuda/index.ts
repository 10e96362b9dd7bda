/**
 * NVIDIA GPUs through CUDA: true arithmetic in every format, a whole step as one CUDA graph. NVIDIA's driver, NVRTC and cuBLAS are
 * called from Node; nothing is compiled or downloaded at installation.
 */
import { type FormatName, formatNames, isUsual } from "../../formats";
import { NonsmoothError } from "../../util";
import { type Engine, ProgramCache, supporting } from "../engine";
import type { Machine } from "../machine";
import type { EngineOptions, EngineRecord, Suitability } from "../record";
import { formatsOn } from "./describe";
import { Device } from "./device";
import { draw } from "./draw";
import { foundLibraries } from "./library";
import { compileProgram, requireFormats } from "./program";
import { upload } from "./tensors";

export { isNvidiaHere, nvidiaDevice } from "./nvidia";
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
  ...supporting(isUsual),
  describe({ tf32 = false }: EngineOptions) {
    const device = Device.open();
    const visible = process.env.CUDA_VISIBLE_DEVICES;
    const settings = {
      device: device.name,
      uuid: device.uuid,
      ...(visible !== undefined && { visibleDevices: visible }),
      ...device.libraries.versions,
      tf32: Number(tf32),
    };
    return { ...formatsOn(device), settings, memory: "device", sharedDevice: true, atOnce: AT_ONCE };
  },
  create: cudaEngine,
  suits,
  uncertain: true,
  device: () => inWords(Device.open()),
  libraries: () =>
    foundLibraries().map(({ name, version, path, origin }) => ({ name, detail: `${version}, ${path} (${origin})` })),
};

function suits(formats: readonly FormatName[], machine: Machine): Suitability {
  const device = machine.cuda();
  if (device === undefined) return {};
  if (device instanceof NonsmoothError) return { obstacle: `CUDA ${device.detail}` };
  const missing = formats.filter((format) => !device.hasFormat(format));
  const { name } = device;
  return missing.length > 0 ? { obstacle: `CUDA on ${name} has no ${missing.join(" and no ")}` } : { device: name };
}

/** What a graph of launches is worth: more networks no longer make each faster, and more mini-batches only wait longer for an early end. */
const AT_ONCE = { networks: 256, batches: 64 };

/** "NVIDIA H200, compute capability 9.0" */
const inWords = ({ name, capability }: Device): string => `${name}, compute capability ${(capability / 10).toFixed(1)}`;

/** @throws NonsmoothError without an NVIDIA GPU, its driver, NVRTC or cuBLAS */
export function cudaEngine({ tf32 = false }: CudaOptions = {}): Engine {
  const device = Device.open();
  const description = cuda.describe({ tf32 });
  const cache = new ProgramCache(async (graph) => {
    requireFormats(graph, description);
    return compileProgram(device, graph, { tf32 });
  });
  return {
    id: cuda.id,
    ...description,
    compile: (graph) => cache.get(graph),
    hold: async (tensor) => upload(device, tensor),
    draw: async (uniform) => draw(device, uniform),
    async dispose() {
      await cache.dispose();
      device.trim();
    },
  };
}
