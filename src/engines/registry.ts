/** Every engine. To add one: its folder with its record, and a line here; `auto` asks them in this order. */
import type { FormatName } from "../formats";
import { fail, nearest } from "../util";
import { cuda } from "./cuda";
import { onnxCpu, onnxWebgpu } from "./onnx";
import type { EngineRecord } from "./record";
import { reference } from "./reference";
import { tfjs } from "./tfjs";

export const records: readonly EngineRecord[] = [onnxCpu, cuda, onnxWebgpu, tfjs, reference];

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
