/** The hardware and software of this machine that engines need. */
import { NonsmoothError } from "../util";
import { type CudaDevice, cudaDevice } from "./cuda/describe";
import { isNvidiaHere } from "./cuda/nvidia";
import { type Adapter, webgpuAdapter } from "./onnx/adapter";

export interface Machine {
  /** "linux-x64" */
  readonly platform: string;
  /** The device that CUDA would use, or why there is none; undefined on a machine without an NVIDIA GPU. */
  cuda(): CudaDevice | NonsmoothError | undefined;
  /** The adapter that WebGPU would use, or why there is none; asking takes a second. */
  adapter(): Adapter | NonsmoothError;
}

export function thisMachine(): Machine {
  return {
    platform: `${process.platform}-${process.arch}`,
    cuda: () => (isNvidiaHere() ? orError(cudaDevice) : undefined),
    adapter: () => orError(webgpuAdapter),
  };
}

function orError<T>(ask: () => T): T | NonsmoothError {
  try {
    return ask();
  } catch (error) {
    if (error instanceof NonsmoothError) return error;
    throw error;
  }
}
