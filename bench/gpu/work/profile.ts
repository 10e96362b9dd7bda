/** Where the time of a training step of VGG11 goes on the device, from ONNX Runtime's profile of its WebGPU provider. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createEngine, formatType } from "nonsmooth";
import * as ort from "onnxruntime-node";
import { partsOf } from "../../step-parts";
import { toOnnx, webgpuTarget } from "../library";
import type { Prepared } from "../types";
import { type StepOptions, trainingStep } from "./step";

export interface ProfileOptions extends Omit<StepOptions, "engine" | "format"> {
  readonly folder: string;
  readonly steps: number;
}

export interface ProfileFacts {
  /** Milliseconds of a step in the device's kernels, as the device counts them. */
  readonly kernels: number;
  /** Of each value of the graph: its kernels' milliseconds in a step, the largest first. */
  readonly nodes: readonly { readonly name: string; readonly layer: string; readonly ms: number }[];
}

/** An event of the profile; times in microseconds. `Api` is a kernel, between two time stamps of the device. */
interface Event {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
}

/** What compiles the first steps' kernels does not count. */
const WARM = 2;

export async function prepareProfile({ folder, steps, ...step }: ProfileOptions): Promise<Prepared<ProfileFacts>> {
  // the definition compiles nothing: it only hands over the graph
  const reference = createEngine("reference");
  const { program, feeds, state, network } = await trainingStep(reference, { ...step, format: "f32" });
  const { graph } = program;
  const { bytes, outputs } = toOnnx(graph, webgpuTarget);
  const own = mkdtempSync(join(folder, "profile-"));
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["webgpu"],
    graphOptimizationLevel: "disabled",
    executionMode: "sequential",
    logSeverityLevel: 4,
    enableProfiling: true,
    profileFilePrefix: join(own, "profile"),
  });
  const fed = Object.fromEntries(
    Object.entries({ ...state, ...feeds }).map(([name, { format, data, shape }]) => {
      return [name, new ort.Tensor(format === "i32" ? "int32" : "float32", data as Float32Array, shape)];
    }),
  );
  for (let i = 0; i < WARM + steps; i++) await session.run(fed, [...new Set(outputs.values())]);
  session.endProfiling();
  const events = JSON.parse(readFileSync(join(own, readdirSync(own)[0]!), "utf8")) as Event[];
  const parts = partsOf(
    graph,
    network.parameters.map(({ name }) => name),
  );
  const label = (i: number) => `${graph.nodes[i]!.op.name} → ${formatType(graph.nodes[i]!)}`;
  const times = kernelTimes(events, WARM + steps, steps);
  const nodes = [...times]
    .map(([i, ms]) => ({ name: label(i), layer: parts[i]!.layer, ms }))
    .sort((a, b) => b.ms - a.ms);
  return { facts: { kernels: nodes.reduce((sum, { ms }) => sum + ms, 0), nodes }, dispose: () => session.release() };
}

/** Milliseconds of a step by value of the graph: every step has the same kernels, and the last `counted` of `all` count. */
export function kernelTimes(events: readonly Event[], all: number, counted: number): Map<number, number> {
  const kernels = events.filter(({ cat }) => cat === "Api");
  const times = new Map<number, number>();
  for (const { name, dur } of kernels.slice(Math.round((kernels.length * (all - counted)) / all))) {
    const place = Number.parseInt(name, 10);
    if (Number.isNaN(place)) continue; // a copy, or what ONNX Runtime adds of its own
    times.set(place, (times.get(place) ?? 0) + dur / 1000 / counted);
  }
  return times;
}
