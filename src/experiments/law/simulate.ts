/** One initialisation: its zeros counted in a whole pass, and, for the first ones of a cell, predicted. */
import { inputsOf, type Program } from "../../engines";
import { formatOf, precisionOf } from "../../formats";
import type { Tensor } from "../../ir";
import { initialise } from "../../nn";
import { pause, stream } from "../../util";
import type { Job } from "./cells";
import { streamName } from "./cells";
import type { LawConfig } from "./config";
import { countInTurn } from "./in-turn";
import { termsFeeds } from "./orders";
import { predict } from "./predict";
import type { CountProgram, ExactProgram } from "./programs";
import type { LawRow } from "./rows";

/** A cell with its programs: `screen` counts, and is absent where plain loops do; `exactly` is the pass in f64. */
export interface CompiledCell {
  readonly count: CountProgram;
  readonly screen?: Program;
  readonly exact: ExactProgram;
  readonly exactly: Program;
  dispose(): Promise<void>;
}

/** The images of a pass: its full mini-batches in a cell's format, and the first ones in f64. */
export interface Pass {
  readonly batches: readonly Tensor[];
  readonly exact: readonly Tensor[];
}

export async function simulate(
  job: Job,
  config: LawConfig,
  compiled: CompiledCell,
  pass: Pass,
  signal?: AbortSignal,
): Promise<LawRow> {
  const { images: _, ...given } = job;
  const images = pass.batches.length * config.batchSize;
  const {
    count: { calls },
    exact: { sites },
  } = compiled;
  const { hits, forced } = await count(job, config, compiled, pass.batches, signal);
  const isPredicted = job.trial < config.predictedRuns;
  const { exact: batches } = pass;
  const predicted =
    isPredicted && (await predict(job, compiled.exact, compiled.exactly, { batches, images, seed: config.seed }));
  const { expected = [], error = [], samples = [] } = predicted || {};
  return {
    dataset: config.dataset,
    ...given,
    outcome: "done",
    images,
    madeBy: sites.map(({ op }) => op.name),
    calls,
    hitsByLayer: hits,
    forcedByLayer: forced,
    predictedByLayer: expected,
    errorByLayer: error,
    samplesByLayer: samples,
    reason: null,
  };
}

interface Counts {
  readonly hits: readonly number[];
  readonly forced: readonly number[];
}

async function count(
  job: Job,
  { seed }: LawConfig,
  { count: program, screen }: CompiledCell,
  batches: readonly Tensor[],
  signal?: AbortSignal,
): Promise<Counts> {
  const { format } = precisionOf(job.precision);
  const drawn = initialise(program.network, format, stream(seed, ...streamName(job)));
  const none = program.calls.map(() => 0);
  if (!screen) {
    const layers = Array.from({ length: none.length + 1 }, (_, i) => ({
      weight: drawn[`fc${i + 1}.weight`]!,
      bias: drawn[`fc${i + 1}.bias`]!,
    }));
    return { hits: await countInTurn(layers, batches, formatOf(format), signal), forced: none };
  }
  const fixed = { ...inputsOf(program.graph, drawn), ...termsFeeds(program.graph) };
  const total = { hits: [...none], forced: [...none] };
  for (const x of batches) {
    await pause(signal);
    const found = program.read(await screen.run({ ...fixed, x }));
    for (const i of none.keys()) {
      total.hits[i]! += found.hits[i]!;
      total.forced[i]! += found.forced[i]!;
    }
  }
  return total;
}
