/** Engines compute graphs. They are listed in registry.ts. */
import { chooseEngine } from "./choose";
import type { Engine } from "./engine";
import type { EngineOptions } from "./record";
import { defaultEngine, engineRecord, enginesWith } from "./registry";

export { type ActivationCheck, type ActivationCheckOptions, checkActivation } from "./check-activation";
export { chooseEngine, chooseWorkingEngine, type EngineChoice } from "./choose";
export { type CudaOptions, cudaEngine, cudaSource, nvidiaDevice } from "./cuda";
export { DeviceError, isDeviceError } from "./device-error";
export {
  checkFeeds,
  type Engine,
  type Feeds,
  type Held,
  type HeldResults,
  type Latitude,
  type Program,
  type Results,
  type UniformDraw,
} from "./engine";
export { disposeAll, holdAll, inputsOf, readAll } from "./held";
export { type Machine, thisMachine } from "./machine";
export {
  type Adapter,
  adapterWords,
  type CpuOptions,
  cpuTarget,
  onnxCpuEngine,
  onnxWebgpuEngine,
  toOnnx,
  type WebgpuOptions,
  webgpuAdapter,
} from "./onnx";
export type { Description, EngineOptions, EngineRecord } from "./record";
export { referenceEngine } from "./reference";
export { defaultEngine, engineRecord, enginesWith, records as engines } from "./registry";
export { type TfjsOptions, tfjsEngine } from "./tfjs";

/**
 * A new engine, or the one that `chooseEngine` takes for `auto`; dispose it after use.
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, ops, tensor } from "nonsmooth";
 *
 * const engine = createEngine("reference");
 * const x = input("x", "f16", []);
 * const program = await engine.compile(graph({ y: ops.exp(x) }));
 * console.log((await program.run({ x: tensor("f16", 1) })).y!.data[0]); // 2.71875
 * await engine.dispose();
 * ```
 */
export function createEngine(id: string = defaultEngine, options: EngineOptions = {}): Engine {
  const chosen = id === "auto" ? chooseEngine(options.formats).id : id;
  return engineRecord(chosen).create(options, enginesWith);
}
