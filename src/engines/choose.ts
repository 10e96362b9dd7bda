/** Which engine `auto` is: a GPU's where there is a GPU that computes in all that is asked for, else the CPU's. */
import { existsSync } from "node:fs";
import type { FormatName } from "../formats";
import { NonsmoothError } from "../util";
import { type Adapter, cudaLibrary, nvidiaDevice, webgpuAdapter, webgpuFormats } from "./onnx";

export interface EngineChoice {
  /** "onnx-cuda", "onnx-webgpu" or "onnx-cpu". */
  readonly id: string;
  /** Why this one, as part of a sentence. */
  readonly reason: string;
}

/** What decides. */
export interface Machine {
  /** "linux-x64" */
  readonly platform: string;
  /** Whether ONNX Runtime's CUDA provider is installed. */
  readonly cuda: boolean;
  /** NVIDIA's device, as `nvidiaDevice` tells it; undefined where there is none. */
  readonly nvidia: string | undefined;
  /** What WebGPU would take, or why it would take nothing; to ask takes a second. */
  adapter(): Adapter | NonsmoothError;
}

/**
 * onnx-cuda where it is installed and a device is there; else onnx-webgpu where there is a GPU that computes in all of the
 * formats; else onnx-cpu. Never a software adapter, whatever NONSMOOTH_SOFTWARE_GPU says, never tfjs, never the reference.
 * @param formats what has to be computed; default f32
 */
export function chooseEngine(formats: readonly FormatName[] = ["f32"], machine: Machine = thisMachine()): EngineChoice {
  const { cuda, nvidia } = machine;
  if (cuda && nvidia !== undefined) return { id: "onnx-cuda", reason: `since there is ${nvidia}` };
  const gpu = gpuOrObstacle(machine, formats);
  if (typeof gpu !== "string") return { id: "onnx-webgpu", reason: `since there is ${gpu.name}` };
  const why = nvidia === undefined ? "" : `, and CUDA for ${nvidia} is not installed`;
  return { id: "onnx-cpu", reason: `since ${gpu}${why}` };
}

/** ONNX Runtime's npm package has WebGPU on all of its platforms but this one. */
const WITHOUT_WEBGPU = "linux-arm64";

/** The GPU that WebGPU would take, or what speaks against it. */
function gpuOrObstacle(machine: Machine, formats: readonly FormatName[]): Adapter | string {
  if (machine.platform === WITHOUT_WEBGPU) return `ONNX Runtime has no WebGPU on ${WITHOUT_WEBGPU}`;
  const adapter = machine.adapter();
  if (adapter instanceof NonsmoothError) return "WebGPU finds no GPU";
  const { name, software } = adapter;
  if (software) return `WebGPU's ${name} is a program on the CPU`;
  const missing = formats.filter((format) => !webgpuFormats(adapter).includes(format));
  return missing.length > 0 ? `WebGPU on ${name} has no ${missing.join(" and no ")}` : adapter;
}

export function thisMachine(): Machine {
  const platform = `${process.platform}-${process.arch}`;
  return { platform, cuda: existsSync(cudaLibrary()), nvidia: nvidiaDevice(), adapter: adapterOrError };
}

function adapterOrError(): Adapter | NonsmoothError {
  try {
    return webgpuAdapter();
  } catch (error) {
    if (error instanceof NonsmoothError) return error;
    throw error;
  }
}
