/** Every engine. To add one: its folder with its record, and a line here; `auto` asks them in this order. */
import type { FormatName } from "../formats";
import { fail, nearest } from "../util";
import { cuda } from "./cuda";
import { onnxCpu, onnxWebgpu } from "./onnx";
import type { EngineRecord } from "./record";
import { reference } from "./reference";
import { tfjs } from "./tfjs";

/**
 * What is known of every engine: its id, a summary and the formats it computes in; the default comes first.
 *
 * @example
 * ```ts
 * import { engines } from "nonsmooth";
 *
 * console.log(engines.map(({ id }) => id).join(" ")); // onnx-cpu cuda onnx-webgpu tfjs reference
 * console.log(engines.filter(({ formats }) => formats.includes("bf16")).map(({ id }) => id)); // [ 'onnx-cpu', 'cuda', 'reference' ]
 * ```
 */
export const records: readonly EngineRecord[] = [onnxCpu, cuda, onnxWebgpu, tfjs, reference];

/**
 * The id of the engine that `createEngine` takes without an argument.
 *
 * @example
 * ```ts
 * import { defaultEngine } from "nonsmooth";
 *
 * console.log(defaultEngine); // onnx-cpu
 * ```
 */
export const defaultEngine = onnxCpu.id;

/** The ids of the engines that compute in a format. */
export const enginesWith = (format: FormatName): string[] =>
  records.filter(({ hasFormat }) => hasFormat(format)).map(({ id }) => id);

/** The record of an engine. @throws NonsmoothError for an unknown one */
export function engineRecord(id: string): EngineRecord {
  const found = records.find((record) => record.id === id);
  if (found) return found;
  const known = [...records.map((record) => record.id), "auto"];
  const near = nearest(id, known);
  return fail("engine", `must be one of ${known.join(", ")}`, id, near && `did you mean ${near}?`);
}
