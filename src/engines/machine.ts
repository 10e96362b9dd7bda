/** The hardware and software of this machine that engines need. */
import { existsSync } from "node:fs";
import { NonsmoothError } from "../util";
import { type Adapter, webgpuAdapter } from "./onnx/adapter";
import { cudaLibrary, nvidiaDevice } from "./onnx/nvidia";

export interface Machine {
  /** "linux-x64" */
  readonly platform: string;
  /** Whether ONNX Runtime's CUDA provider is installed. */
  readonly cuda: boolean;
  /** NVIDIA's device, as `nvidiaDevice` describes it; undefined if there is none. */
  readonly nvidia: string | undefined;
  /** The adapter that WebGPU would use, or why there is none; asking takes a second. */
  adapter(): Adapter | NonsmoothError;
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
