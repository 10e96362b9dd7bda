/** Every engine. To add one: its folder, and a line in the registry. */
import { fail, nearest } from "../util";
import type { Engine } from "./engine";
import { onnxCpuEngine } from "./onnx";
import { referenceEngine } from "./reference";

export { checkFeeds, type Engine, type Feeds, type Held, type HeldResults, type Program, type Results } from "./engine";
export { type CpuOptions, cpuTarget, onnxCpuEngine, toOnnx } from "./onnx";
export { referenceEngine } from "./reference";

export interface EngineOptions {
  /** Threads within an operation, where the engine has a choice; default 1. */
  readonly threads?: number;
}

interface Registered {
  readonly summary: string;
  readonly create: (options: EngineOptions) => Engine;
}

const registry: Readonly<Record<string, Registered>> = {
  "onnx-cpu": { summary: "ONNX Runtime on the CPU: f16, f32, f64 (default)", create: onnxCpuEngine },
  reference: { summary: "plain loops in TypeScript, the definition: f16, f32, f64; slow", create: referenceEngine },
};

/** The ids of all engines, the default first, with a sentence on each. */
export const engines: readonly { readonly id: string; readonly summary: string }[] = Object.entries(registry).map(
  ([id, { summary }]) => ({ id, summary }),
);

export const defaultEngine = "onnx-cpu";

/** A new engine; dispose it after use. */
export function createEngine(id: string = defaultEngine, options: EngineOptions = {}): Engine {
  const known = Object.keys(registry);
  const found = Object.hasOwn(registry, id) ? registry[id] : undefined;
  if (!found) {
    const near = nearest(id, known);
    fail("engine", `must be one of ${known.join(", ")}`, id, near && `did you mean ${near}?`);
  }
  return found!.create(options);
}
