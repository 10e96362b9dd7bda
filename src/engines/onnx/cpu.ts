/** ONNX Runtime's CPU provider, bundled in the npm package onnxruntime-node. */
import { formatNames, isUsual } from "../../formats";
import { fail } from "../../util";
import { type Engine, supporting } from "../engine";
import type { EngineRecord } from "../record";
import { hostEngine } from "./host";
import { convolutionBlock } from "./probe";
import { cpuTarget } from "./targets";

export interface CpuOptions {
  /** Threads within an operation; default 1. Bits of long, skinny sums depend on it. */
  readonly threads?: number;
}

export const onnxCpu: EngineRecord = {
  id: "onnx-cpu",
  summary: `ONNX Runtime on the CPU: ${formatNames.join(", ")} (default)`,
  ...supporting(isUsual),
  describe({ threads = 1 }) {
    if (!Number.isInteger(threads) || threads < 1) fail("threads", "must be a positive integer", threads);
    return { ...supporting(isUsual), settings: { threads }, memory: "host", sharedDevice: false };
  },
  create: onnxCpuEngine,
  required: true,
};

/**
 * Real arithmetic in every format on the CPU: f32 and f64 with ONNX Runtime's kernels, narrower formats as f32 with every
 * result rounded.
 */
export function onnxCpuEngine({ threads = 1 }: CpuOptions = {}): Engine {
  return hostEngine({
    id: onnxCpu.id,
    ...onnxCpu.describe({ threads }),
    target: async (ort) => cpuTarget(await convolutionBlock(ort)),
    options: {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      // threads that wait actively would take the cores from every other session
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    },
  });
}
