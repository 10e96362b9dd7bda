/** Compiles the kernels of many graphs at once: on the device in software every call of the compiler takes some tenths of a second. */
import { Device } from "../../src/engines/cuda/device";
import { type PlanOptions, planGraph } from "../../src/engines/cuda/plan";
import type { Graph } from "../../src/ir";

export function preload(graphs: readonly Graph[], options?: PlanOptions): void {
  const work = graphs.flatMap((graph) => planGraph(graph, options).work);
  Device.open().load(work.flatMap((own) => (own.kind === "kernel" ? [own.kernel] : [])));
}
