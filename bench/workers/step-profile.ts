/** Ours: the time of each layer of a training step, from ONNX Runtime's profile of the session that the engine would make. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createEngine } from "nonsmooth";
import * as ort from "onnxruntime-node";
import { convolutionBlock, cpuTarget, toOnnx } from "../library";
import { moduleOptions } from "../processes";
import { COLUMNS, type Part, type Profile, partsOf, REST } from "../step-parts";
import { IMAGES, ourStep, type Step } from "../training";

interface Options extends Step {
  readonly threads: number;
  readonly steps: number;
  readonly folder: string;
}

/** An event of the profile; times in microseconds. */
interface Event {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
}

async function main({ threads, steps, folder, ...step }: Options): Promise<void> {
  const { programsOn, state, batch, network } = ourStep(step);
  // the definition compiles nothing: it only hands over the graph
  const { graph } = await programsOn(createEngine("reference")).step(IMAGES[0]);
  const { bytes, outputs } = toOnnx(graph, cpuTarget(await convolutionBlock(ort)));
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "disabled",
    extra: { session: { intra_op: { allow_spinning: "0" } } },
    enableProfiling: true,
    profileFilePrefix: join(folder, "profile"),
  });
  const feeds = Object.fromEntries(
    Object.entries({ ...state, ...batch }).map(([name, { format, data, shape }]) => {
      return [name, new ort.Tensor(format === "i32" ? "int32" : "float32", data as Float32Array, shape)];
    }),
  );
  for (let i = 0; i <= steps; i++) await session.run(feeds, [...new Set(outputs.values())]);
  session.endProfiling();
  const file = readdirSync(folder).find((name) => name.startsWith("profile"))!;
  const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as Event[];
  const names = network.parameters.map(({ name }) => name);
  process.stdout.write(`${JSON.stringify(profile(events, partsOf(graph, names)))}\n`);
}

/** Percent of each step but the first. What several layers use counts for the first that does. */
function profile(events: readonly Event[], parts: readonly Part[]): Profile {
  const runs = events.filter(({ name }) => name === "model_run").slice(1);
  const named = parts.map(({ layer }) => layer).filter((layer) => layer !== REST);
  const layers = [...new Set(named), REST, OUTSIDE];
  const shares = new Map(layers.map((layer) => [layer, {} as Record<string, number[]>]));
  for (const [i, run] of runs.entries()) {
    const add = (layer: string, column: string, duration: number) => {
      const columns = column === "all" ? [column] : [column, "all"];
      for (const name of columns) {
        shares.get(layer)![name] ??= runs.map(() => 0);
        shares.get(layer)![name]![i]! += (100 * duration) / run.dur;
      }
    };
    let inside = 0;
    for (const { name, dur } of topLevel(events, run)) {
      const { layer, column } = parts[Number.parseInt(name, 10)]!;
      add(layer, column, dur);
      inside += dur;
    }
    add(OUTSIDE, "all", run.dur - inside);
  }
  return layers.map((layer) => ({ layer, shares: shares.get(layer)! })).filter(({ shares }) => hasOne(shares));
}

const OUTSIDE = "between nodes";
const hasOne = (shares: object) => COLUMNS.some((column) => column in shares);

/** Nodes of one run, without those inside the branch of another. */
function topLevel(events: readonly Event[], run: Event): Event[] {
  const within = events.filter(
    ({ cat, name, ts }) => cat === "Node" && name.endsWith("_kernel_time") && ts >= run.ts && ts < run.ts + run.dur,
  );
  let end = 0;
  return within
    .sort((a, b) => a.ts - b.ts || b.dur - a.dur)
    .filter(({ ts, dur }) => {
      if (ts < end) return false;
      end = ts + dur;
      return true;
    });
}

void main(moduleOptions<Options>());
