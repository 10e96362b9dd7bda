import { createLoader, type Loader, preprocessing } from "../../data";
import { disposeAll, type Engine, type Feeds, holdAll, inputsOf, type Program } from "../../engines";
import { precisionOf } from "../../formats";
import { converted, wrap } from "../../ir";
import { initialise } from "../../nn";
import { stream } from "../../util";
import type { Checkpoint } from "../common/checkpoint";
import type { Images } from "../common/data";
import { otherZeros } from "../gradient-pairs/difference";
import type { Job } from "./cells";
import type { NetworksConfig } from "./config";
import { type CellGraph, kinkFeeds, type Observation } from "./programs";
import type { NetworksRow } from "./rows";
import { tally } from "./tally";

/** A cell with its compiled programs. */
export interface CompiledCell {
  readonly engine: Engine;
  readonly cell: CellGraph;
  readonly sweeps: Program;
  readonly screen: Program;
  dispose(): Promise<void>;
}

/** An unfinished initialisation: what its mini-batches have shown so far. */
export type UnderWay = readonly Observation[];

/**
 * Shows a freshly drawn network all of its mini-batches, compares the two gradients on each, and returns the row.
 *
 * A trial's network, batches and augmentation are the same in every cell, as far as the networks have the same parameters.
 * Gradients are those of one mini-batch; the released code never set them to zero, so its sums stay different after the
 * first difference.
 *
 * A mini-batch without an exact zero runs the same operations on the same numbers for both values, so its gradients are the same bits. So
 * after a mini-batch without a zero the next one is only looked at in a forward pass first; `screening: false` never does that.
 */
export async function simulate(
  { pairs, ...job }: Job,
  config: NetworksConfig,
  compiled: CompiledCell,
  images: Images,
  { checkpoint, screening = true }: { checkpoint?: Checkpoint<UnderWay>; screening?: boolean } = {},
): Promise<NetworksRow> {
  const { engine, cell } = compiled;
  const format = precisionOf(job.precision).format;
  const drawn = initialise(cell.network, format, stream(config.seed, "initialisation", job.network, job.trial));
  // the running statistics play no part in a training step
  const held = await holdAll(engine, inputsOf(cell.sweeps, drawn));
  const fixed = { ...held, ...kinkFeeds(cell.sweeps, pairs) };
  const loader = loaderOf(images, config, { trial: job.trial, worker: engine.sharedDevice });
  const seen: Observation[] = [...(checkpoint?.load()?.data ?? [])];
  const state = () => ({ share: seen.length / config.batches, data: seen });
  try {
    for await (const { inputs, labels, size, index } of loader.epoch(0, { from: seen.length })) {
      await checkpoint?.pause(state);
      const x = converted(format, inputs, [size, ...loader.shape]);
      const batch = { ...fixed, x, labels: wrap("i32", labels, [size]) };
      const zerosLikely = seen.at(-1)?.hits.some((n) => n > 0) ?? false;
      seen.push(await show(batch, compiled, screening && !zerosLikely));
      if (index + 1 === config.batches) break;
    }
  } finally {
    disposeAll(held);
    await loader.close();
  }
  const { dataset, label } = config;
  return { dataset, label, ...job, ...tally(seen, cell.kinks, cell.places) };
}

async function show(batch: Feeds, { cell, sweeps, screen }: CompiledCell, screening: boolean): Promise<Observation> {
  const screened = screening ? cell.screened(await screen.run(inputsOf(cell.screen, batch))) : undefined;
  if (screened?.decides) return screened.seen;
  const swept = cell.observe(await sweeps.run(batch));
  const other = screened && otherZeros(screened.seen.hits, swept.hits);
  if (other) throw other;
  return swept;
}

/** @param worker whether a thread makes the batches while the engine, a GPU, computes */
const loaderOf = (
  images: Images,
  config: NetworksConfig,
  { trial, worker }: { readonly trial: number; readonly worker: boolean },
): Loader =>
  createLoader({
    dataset: images,
    batchSize: config.batchSize,
    transforms: preprocessing(config.preprocessing, config.split),
    shuffle: true,
    incomplete: "drop",
    seed: config.seed + trial,
    worker,
  });
