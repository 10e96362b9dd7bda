/** ONNX Runtime's CPU provider, bundled in the npm package onnxruntime-node. */
import { fail } from "../../util";
import type { Engine } from "../engine";
import { hostEngine } from "./host";
import { convolutionBlock } from "./probe";
import { cpuTarget } from "./targets";

export interface CpuOptions {
  /** Threads within an operation; default 1. Bits of long, skinny sums depend on it. */
  readonly threads?: number;
}

/**
 * Real 16, 32 and 64-bit arithmetic on the CPU: f32 and f64 with ONNX Runtime's kernels, f16 as f32 with every result
 * rounded to half.
 */
export function onnxCpuEngine({ threads = 1 }: CpuOptions = {}): Engine {
  if (!Number.isInteger(threads) || threads < 1) fail("threads", "must be a positive integer", threads);
  return hostEngine({
    id: "onnx-cpu",
    formats: ["f16", "f32", "f64"],
    settings: { threads },
    sharedDevice: false,
    target: async (ort) => cpuTarget(await convolutionBlock(ort)),
    options: {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      // threads that wait actively take the cores from every other session
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    },
  });
}
