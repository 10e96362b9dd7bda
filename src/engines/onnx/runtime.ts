/** ONNX Runtime's Node package: loading it, its sessions, its tensors. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { type ElementFormat, formatOf, isFloat, isNarrow } from "../../formats";
import type { Tensor } from "../../ir";
import { NonsmoothError } from "../../util";
import type { Carrier } from "./model";

export type Ort = typeof import("onnxruntime-node");

/**
 * Loads the package, with its telemetry off unless `ORT_DISABLE_TELEMETRY` is set already: it writes files below the home
 * folder and is designed to send usage counts to its maker. Each process decides once, before the first session.
 * @throws NonsmoothError if the package cannot be loaded
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

/** The options of every session. */
export const sessionOptions: InferenceSession.SessionOptions = {
  interOpNumThreads: 1,
  executionMode: "sequential",
  // the graph fixes what is computed and in which order it is rounded: no rewriting
  graphOptimizationLevel: "disabled",
  logSeverityLevel: 4,
};

/** ONNX Runtime's names for types that are not floating-point. */
const WHOLE_NAMES = { i32: "int32", i64: "int64", bool: "bool" } as const;

/** Formats whose tensors have the same layout in the host's memory and in ONNX Runtime: their numbers are passed unchanged. */
export const isPlain = (carrier: Carrier): boolean => !isNarrow(carrier);

/** A tensor for ONNX Runtime, over the same memory if its numbers are passed unchanged. */
export function toOrt(ort: Ort, { data, shape }: Tensor, carrier: Carrier): OrtTensor {
  const encoding = isFloat(carrier) ? formatOf(carrier).encoding : undefined;
  const type = encoding?.onnx.name ?? WHOLE_NAMES[carrier as keyof typeof WHOLE_NAMES];
  const bits = encoding?.toBits(data) ?? data;
  return new ort.Tensor(type as "float32", bits as Float32Array, shape as number[]);
}

/** The numbers of a tensor in the host's memory, in a format. */
export function fromOrt({ data, type }: OrtTensor, format: ElementFormat, shape: readonly number[]): Tensor {
  if (!isNarrow(format) || formatOf(format).encoding.onnx.name !== type)
    return { format, shape, data: data as Tensor["data"] };
  // newer versions of Node may give an array of numbers over the same bits
  const { buffer, byteOffset, length } = data as Uint16Array;
  return { format, shape, data: formatOf(format).encoding.fromBits(buffer, byteOffset, length) };
}
