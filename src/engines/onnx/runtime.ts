/** ONNX Runtime's Node package: loading it, its sessions, its tensors. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { type ElementFormat, fromHalfBits, toHalfBits } from "../../formats";
import type { Tensor } from "../../ir";
import { NonsmoothError } from "../../util";
import type { Carrier } from "./model";

export type Ort = typeof import("onnxruntime-node");

/**
 * Loads the package, with its telemetry off unless `ORT_DISABLE_TELEMETRY` is set already: it writes files below the home
 * folder and is made to send counts of what is run to its maker. It is decided once a process, before the first session.
 * @throws NonsmoothError where the package cannot be loaded
 */
export async function loadRuntime(engine: string): Promise<Ort> {
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    throw new NonsmoothError(engine, "onnxruntime-node must load", {
      got: (cause as Error).message,
      hint: "npm rebuild onnxruntime-node; Linux needs glibc 2.28 or newer",
      cause,
    });
  }
}

/** What every session is created with. */
export const sessionOptions: InferenceSession.SessionOptions = {
  interOpNumThreads: 1,
  executionMode: "sequential",
  // the graph says what is computed, and in which order it is rounded: no rewriting
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 4,
};

/** ONNX Runtime's names of element types. */
export const TYPE_NAME = {
  f64: "float64",
  f32: "float32",
  f16: "float16",
  i32: "int32",
  i64: "int64",
  bool: "bool",
} as const satisfies Record<Carrier, string>;

/** A tensor for ONNX Runtime, over the same memory where its numbers travel as they are. */
export function toOrt(ort: Ort, { data, shape }: Tensor, carrier: Carrier): OrtTensor {
  const numbers = carrier === "f16" ? toHalfBits(data) : data;
  return new ort.Tensor(TYPE_NAME[carrier] as "float32", numbers as Float32Array, shape as number[]);
}

/** The numbers of a tensor in the host's memory, in a format. */
export function fromOrt({ data, type }: OrtTensor, format: ElementFormat, shape: readonly number[]): Tensor {
  // newer versions of Node may give a Float16Array over the same bits
  const bits = data as Uint16Array;
  const numbers = type === "float16" ? fromHalfBits(new Uint16Array(bits.buffer, bits.byteOffset, bits.length)) : data;
  return { format, shape, data: numbers as Tensor["data"] };
}
