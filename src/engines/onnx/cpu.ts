/** ONNX Runtime's CPU provider, bundled in the npm package onnxruntime-node. */
import { formatNames } from "../../formats";
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
 * Real arithmetic in every format on the CPU: f32 and f64 with ONNX Runtime's kernels, narrower formats as f32 with every
 * result rounded.
 */
export function onnxCpuEngine({ threads = 1 }: CpuOptions = {}): Engine {
  if (!Number.isInteger(threads) || threads < 1) fail("threads", "must be a positive integer", threads);
  return hostEngine({
    id: "onnx-cpu",
    formats: formatNames,
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
