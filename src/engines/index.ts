/** Every engine. To add one: its folder, and a line in the registry. */
import { type FormatName, formatNames } from "../formats";
import { fail, nearest } from "../util";
import { chooseEngine } from "./choose";
import type { Engine } from "./engine";
import { onnxCpuEngine, onnxCudaEngine, onnxWebgpuEngine } from "./onnx";
import { referenceEngine } from "./reference";
import { tfjsEngine } from "./tfjs";

export { chooseEngine, type EngineChoice, type Machine, thisMachine } from "./choose";
export { DeviceError, isDeviceError } from "./device-error";
export {
  checkFeeds,
  type Engine,
  type Feeds,
  type Held,
  type HeldResults,
  type Latitude,
  type Program,
  type Results,
} from "./engine";
export {
  type Adapter,
  type CpuOptions,
  type CudaOptions,
  cpuTarget,
  cudaLibrary,
  INSTALL_CUDA,
  nvidiaDevice,
  onnxCpuEngine,
  onnxCudaEngine,
  onnxWebgpuEngine,
  toOnnx,
  type WebgpuOptions,
  webgpuAdapter,
} from "./onnx";
export { referenceEngine } from "./reference";
export { type TfjsOptions, tfjsEngine } from "./tfjs";

export interface EngineOptions {
  /** Threads within an operation, where the engine has a choice; default 1. */
  readonly threads?: number;
  /** Whether products in f32 may be computed in TensorFloat-32, where there is such a thing; default false. */
  readonly tf32?: boolean;
  /** Whether a program on the CPU that acts as a GPU will do; default: whether NONSMOOTH_SOFTWARE_GPU is 1. */
  readonly software?: boolean;
  /** What computes, where the engine has a choice; default: the best that is installed. */
  readonly backend?: string;
  /** What the engine has to compute in, where `auto` chooses it; default f32. */
  readonly formats?: readonly FormatName[];
}

interface Registered {
  readonly summary: string;
  /** In which it computes where it can: a device may have fewer. */
  readonly formats: readonly FormatName[];
  readonly create: (options: EngineOptions) => Engine;
}

const registry: Readonly<Record<string, Registered>> = {
  "onnx-cpu": {
    summary: `ONNX Runtime on the CPU: ${formatNames.join(", ")} (default)`,
    formats: formatNames,
    create: onnxCpuEngine,
  },
  "onnx-webgpu": {
    summary: "ONNX Runtime on a GPU, by WebGPU: f32, and f16 where it has it",
    formats: ["f16", "f32"],
    create: onnxWebgpuEngine,
  },
  "onnx-cuda": {
    summary: "ONNX Runtime on NVIDIA's GPUs, by CUDA: f16, f32, f64",
    formats: ["f16", "f32", "f64"],
    create: onnxCudaEngine,
  },
  tfjs: {
    summary: "TensorFlow.js, native, in WebAssembly or in plain JavaScript: f32",
    formats: ["f32"],
    create: ({ backend }) => tfjsEngine({ backend, enginesWith }),
  },
  reference: {
    summary: `plain loops in TypeScript, the definition: ${formatNames.join(", ")}; slow`,
    formats: formatNames,
    create: referenceEngine,
  },
};

/** The ids of the engines that compute in a format, for the hints of the others. */
function enginesWith(format: FormatName): string[] {
  return Object.keys(registry).filter((id) => registry[id]!.formats.includes(format));
}

/** All engines, the default first: their ids, a sentence on each, and the formats in which each computes where it can. */
export const engines: readonly ({ readonly id: string } & Omit<Registered, "create">)[] = Object.entries(registry).map(
  ([id, { summary, formats }]) => ({ id, summary, formats }),
);

export const defaultEngine = "onnx-cpu";

/** A new engine, or the one that `chooseEngine` takes for `auto`; dispose it after use. */
export function createEngine(id: string = defaultEngine, options: EngineOptions = {}): Engine {
  if (id === "auto") return createEngine(chooseEngine(options.formats).id, options);
  const known = [...Object.keys(registry), "auto"];
  const found = Object.hasOwn(registry, id) ? registry[id] : undefined;
  if (!found) {
    const near = nearest(id, known);
    fail("engine", `must be one of ${known.join(", ")}`, id, near && `did you mean ${near}?`);
  }
  return found!.create(options);
}
