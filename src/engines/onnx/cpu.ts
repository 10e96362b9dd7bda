/** ONNX Runtime's CPU provider, bundled in the npm package onnxruntime-node. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { ElementFormat } from "../../formats";
import type { Graph, Tensor } from "../../ir";
import { fail, NonsmoothError } from "../../util";
import { type Compiled, compiledInHost, type Engine, holdInHost, ProgramCache } from "../engine";
import { cpuTarget, toOnnx } from "./compile";
import { convolutionBlock } from "./probe";

export interface CpuOptions {
  /** Threads within an operation; default 1. Bits of long, skinny sums depend on it. */
  readonly threads?: number;
}

type Ort = typeof import("onnxruntime-node");

const TENSOR_TYPE = {
  f64: "float64",
  f32: "float32",
  f16: "float32",
  i32: "int32",
  bool: "bool",
} as const satisfies Record<ElementFormat, string>;

/**
 * Real 16, 32 and 64-bit arithmetic on the CPU: f32 and f64 with ONNX Runtime's kernels, f16 as f32 with every result
 * rounded to half.
 */
export function onnxCpuEngine({ threads = 1 }: CpuOptions = {}): Engine {
  if (!Number.isInteger(threads) || threads < 1) fail("threads", "must be a positive integer", threads);
  const cache = new ProgramCache((graph) => compile(graph, threads));
  return {
    id: "onnx-cpu",
    formats: ["f16", "f32", "f64"],
    settings: { threads },
    memory: "host",
    compile: (graph) => cache.get(graph),
    hold: holdInHost,
    dispose: () => cache.dispose(),
  };
}

async function compile(graph: Graph, threads: number): Promise<Compiled> {
  const ort = await load();
  const { bytes, outputs } = toOnnx(graph, cpuTarget(await convolutionBlock(ort)));
  const session = await createSession(ort, graph, bytes, threads);
  const fetches = [...new Set(outputs.values())];
  // parameters are fed again and again: each tensor is wrapped once, without a copy
  const wrapped = new WeakMap<Tensor, OrtTensor>();
  const toOrt = (tensor: Tensor) => {
    let found = wrapped.get(tensor);
    if (!found) {
      found = new ort.Tensor(TENSOR_TYPE[tensor.format] as "float32", tensor.data as Float32Array, tensor.shape);
      wrapped.set(tensor, found);
    }
    return found;
  };
  return compiledInHost(
    async (feeds) => {
      const converted: Record<string, OrtTensor> = {};
      for (const name of graph.inputs.keys()) converted[name] = toOrt(feeds[name]!);
      const results = await session.run(converted, fetches);
      const named: Record<string, Tensor> = {};
      for (const [name, value] of graph.outputs) {
        const { data } = results[outputs.get(name)!]!;
        named[name] = { format: value.format, shape: value.shape, data: data as Tensor["data"] };
      }
      return named;
    },
    () => session.release(),
  );
}

async function createSession(ort: Ort, graph: Graph, bytes: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      // the graph says what is computed, and in which order it is rounded: no rewriting
      graphOptimizationLevel: "disabled",
      logSeverityLevel: 3,
      // threads that wait actively take the cores from every other session
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    throw new NonsmoothError("onnx-cpu", `must compile graph ${graph.name}`, { got: (cause as Error).message, cause });
  }
}

async function load(): Promise<Ort> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new NonsmoothError("onnx-cpu", "onnxruntime-node must load", {
      got: (cause as Error).message,
      hint: "npm rebuild onnxruntime-node; Linux needs glibc 2.28 or newer",
      cause,
    });
  }
}
