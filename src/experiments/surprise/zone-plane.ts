/**
 * The neighbourhood of a bifurcation: weights W + x·P₁ + y·P₂ around those at which a network first meets a pre-activation that
 * is exactly 0 in 32 bits, and how far from 0 it is there in 64 and in 32 bits. Bertoin et al. 2021, introduction.
 *
 * A row is a point of the plane. In exact arithmetic the zeros are a line in it; the published picture shows the valley
 * around it in 64 bits.
 */
import { type Dataset, loadDataset } from "../../data";
import { createEngine, type Engine } from "../../engines";
import { precisionOf } from "../../formats";
import { type Tensor, wrap } from "../../ir";
import { progressMeter } from "../../runs";
import { fail } from "../../util";
import { Checkpoint, checkpointPlace } from "../common/checkpoint";
import { provenanceOf } from "../common/data";
import { recordEngine } from "../common/engine";
import { resolvePlace } from "../common/place";
import type { Experiment, Plan, PlanContext, RunContext } from "../types";
import { type PlaneConfig, planePresets, planeSchema } from "./config";
import { Course, passOf, type Step } from "./course";
import { checkPass, flopOfPass } from "./pass";
import { type Bifurcation, coordinates, pointsOfPlane } from "./plane";
import { type PlaneRow, planeRows } from "./rows";

/** Its only unit: the initialisations are searched one after another. */
const SEARCH = "search";

export interface PlaneSummary {
  /** Where the first exact zero was: run, iteration, image of the mini-batch and neuron from 0, hidden layer from 1. */
  readonly place: Readonly<Record<"trial" | "iteration" | "sample" | "layer" | "neuron", number>> | null;
  readonly points: number;
  /** Points at which the pre-activation is exactly 0, in 32 and in 64 bits. */
  readonly zeros32: number;
  readonly zeros64: number;
  /** Smallest and largest magnitude in 64 bits. */
  readonly smallest64: number | null;
  readonly largest64: number | null;
}

/**
 * The pre-activation on a plane of weights around an exact zero, in 64 and 32 bits.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, zonePlane } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const { summary } = await runExperiment(zonePlane, { preset: "smoke", set: { points: 4 }, runs, workers: 0 });
 * console.log(summary.points, summary.place?.iteration);
 * ```
 */
export const zonePlane: Experiment<PlaneConfig, PlaneSummary, PlaneRow> = {
  name: "zone-plane",
  title: "What does a bifurcation look like up close?",
  summary: "the pre-activation around the first exact zero of a training, on a plane of weights, in 64 and 32 bits",
  source: "Bertoin et al. 2021, introduction, Figure 1",
  schema: planeSchema,
  presets: planePresets,
  rows: planeRows,
  // the 64-bit numbers are a plain sum, which needs no engine
  resolve: async (config, context) => checkPass(await resolvePlace(config, [32], context), context),
  plan,
  units: async () => [{ key: SEARCH, cost: 1 }],
  stray(rows, config) {
    const axis = new Set(coordinates(config));
    return rows.filter(({ x, y }) => !axis.has(x) || !axis.has(y));
  },
  run,
  summarize,
};

/** The search, at most: it ends with the first zero. The points of the plane cost little in comparison. */
async function plan(config: PlaneConfig, context: PlanContext<PlaneRow>): Promise<Plan> {
  const { points } = config;
  const runs = context.share && !context.share.has(SEARCH) ? 0 : config.attempts;
  const each = await flopOfPass(config, context);
  const done = context.rows.length === points ** 2 ? runs : 0;
  const name = "initialisations until one meets a zero, at most";
  const { format } = precisionOf(32);
  return { runs: [{ name, format, runs, done, flop: runs * each, flopDone: done * each }], threads: 1 };
}

async function run(config: PlaneConfig, context: RunContext<PlaneRow>): Promise<void> {
  const { store, share } = context;
  if (share && !share.has(SEARCH)) return;
  const { engine, images } = config;
  const dataset = await loadDataset(config.dataset, {
    split: "train",
    count: images ?? undefined,
    directory: context.dataDirectory,
    log: context.log,
  });
  store.record({ dataset: provenanceOf(dataset), engine, threads: 1 });
  if (store.rows.length < config.points ** 2) await compute(dataset, config, context);
}

async function compute(dataset: Dataset, config: PlaneConfig, context: RunContext<PlaneRow>): Promise<void> {
  const { store, signal, log } = context;
  const engine = createEngine(config.engine, { threads: 1 });
  try {
    recordEngine(store, engine.settings, log);
    const found = await firstBifurcation(engine, dataset, config, context);
    for await (const point of pointsOfPlane(engine, found, config)) {
      signal.throwIfAborted();
      const row = { dataset: config.dataset, ...point };
      if (!store.has(planeRows.key(row))) store.append(row);
    }
  } finally {
    await engine.dispose();
  }
}

/** How far the search has come. */
type Place = Pick<Bifurcation, "trial" | "iteration">;

/**
 * Trains initialisations one after another, up to the first exact zero of any. Until then ReLU'(0) plays no part.
 * @throws NonsmoothError where none is met
 */
async function firstBifurcation(
  engine: Engine,
  dataset: Dataset,
  config: PlaneConfig,
  context: RunContext,
): Promise<Bifurcation> {
  const course = new Course(engine, config, 32, dataset);
  const pass = passOf(dataset, config, course.format);
  const checkpoint = new Checkpoint<Place>(checkpointPlace(context), SEARCH, context.signal);
  const saved = checkpoint.load();
  let { trial, iteration } = saved?.data ?? { trial: 0, iteration: 0 };
  let network = saved && (await course.resume(saved.tensors!, 0));
  if (saved) context.log(`continuing where it stopped: run ${trial + 1}, iteration ${iteration}`);
  const total = config.attempts * pass.iterations;
  const done = () => trial * pass.iterations + iteration;
  const state = async () => ({ share: done() / total, data: { trial, iteration }, tensors: await network!.read() });
  const meter = progressMeter(total, done(), { unit: "steps at most" });
  try {
    for (; trial < config.attempts; trial++, iteration = 0) {
      network ??= await course.start(config.seed + trial, 0);
      for (; iteration < pass.iterations; iteration++) {
        await checkpoint.pause(state);
        const batch = pass.at(iteration);
        // where the engine has its own memory, the update frees what it replaces
        const before = await network.read();
        const step = await network.step(batch);
        const zero = firstZero(step);
        context.progress(meter.advance({ label: `run ${trial + 1}` }));
        if (zero) return { trial, iteration, ...zero, ...layerAt(zero.layer, batch.x, step, before) };
      }
      network.dispose();
      network = undefined;
    }
  } finally {
    network?.dispose();
    await course.dispose();
  }
  const met = "must meet a pre-activation that is exactly 0 within the pass";
  return fail(
    "zone-plane",
    met,
    `${config.attempts} initialisations without one`,
    "set attempts, images or widths higher",
  );
}

/** The first exact zero of a step: of the first layer that has one, in the order of images, then of neurons. */
export function firstZero({ preActivations }: Pick<Step, "preActivations">) {
  for (const [i, { data, shape }] of preActivations.entries()) {
    const at = data.indexOf(0);
    const [, neurons] = shape as [number, number];
    if (at >= 0) return { layer: i + 1, sample: Math.floor(at / neurons), neuron: at % neurons };
  }
  return undefined;
}

function layerAt(layer: number, x: Tensor, { preActivations }: Step, parameters: Readonly<Record<string, Tensor>>) {
  const below = preActivations[layer - 2];
  const inputs = below
    ? wrap(
        "f32",
        Float32Array.from(below.data, (z) => Math.max(z, 0)),
        below.shape,
      )
    : x;
  return { inputs, weights: parameters[`fc${layer}.weight`]!, bias: parameters[`fc${layer}.bias`]! };
}

function summarize(rows: readonly PlaneRow[]): PlaneSummary {
  const [first] = rows;
  const z64 = rows.map((row) => row.z64);
  return {
    place: first ? placeOf(first) : null,
    points: rows.length,
    zeros32: rows.filter((row) => row.z32 === 0).length,
    zeros64: z64.filter((z) => z === 0).length,
    smallest64: z64.length === 0 ? null : z64.reduce((a, b) => Math.min(a, b)),
    largest64: z64.length === 0 ? null : z64.reduce((a, b) => Math.max(a, b)),
  };
}

const placeOf = ({ trial, iteration, sample, layer, neuron }: PlaneRow) => ({
  trial,
  iteration,
  sample,
  layer,
  neuron,
});
