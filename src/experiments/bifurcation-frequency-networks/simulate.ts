import { createLoader, type Loader, preprocessing } from "../../data";
import { disposeAll, type Engine, holdAll, type Program } from "../../engines";
import { precisionOf } from "../../formats";
import { converted, wrap } from "../../ir";
import { initialise } from "../../nn";
import { stream } from "../../util";
import type { Checkpoint } from "../common/checkpoint";
import type { Images } from "../common/data";
import type { Job } from "./cells";
import type { NetworksConfig } from "./config";
import { type CellGraph, kinkFeeds, type Observation } from "./programs";
import type { NetworksRow } from "./rows";
import { tally } from "./tally";

/** An unfinished initialisation: what its mini-batches have shown so far. */
export type UnderWay = readonly Observation[];

/**
 * Shows a freshly drawn network all of its mini-batches, compares the two gradients on each, and returns the row.
 *
 * A trial's network, batches and augmentation are the same in every cell, as far as the networks have the same parameters.
 * Gradients are those of one mini-batch; the released code never set them to zero, so its sums stay different after the
 * first difference.
 */
export async function simulate(
  { pairs, ...job }: Job,
  config: NetworksConfig,
  { network, kinks, places, observe }: CellGraph,
  { engine, program }: { readonly engine: Engine; readonly program: Program },
  images: Images,
  checkpoint?: Checkpoint<UnderWay>,
): Promise<NetworksRow> {
  const format = precisionOf(job.precision).format;
  const drawn = initialise(network, format, stream(config.seed, "initialisation", job.network, job.trial));
  // the running statistics play no part in a training step
  const own = Object.fromEntries(Object.entries(drawn).filter(([name]) => program.graph.inputs.has(name)));
  const held = await holdAll(engine, own);
  const fixed = { ...held, ...kinkFeeds(program.graph, pairs) };
  const loader = loaderOf(images, config, job.trial);
  const seen: Observation[] = [...(checkpoint?.load()?.data ?? [])];
  const state = () => ({ share: seen.length / config.batches, data: seen });
  try {
    for await (const { inputs, labels, size, index } of loader.epoch(0, { from: seen.length })) {
      await checkpoint?.pause(state);
      const x = converted(format, inputs, [size, ...loader.shape]);
      seen.push(observe(await program.run({ ...fixed, x, labels: wrap("i32", labels, [size]) })));
      if (index + 1 === config.batches) break;
    }
  } finally {
    disposeAll(held);
    await loader.close();
  }
  const { dataset, label } = config;
  return { dataset, label, ...job, ...tally(seen, kinks, places) };
}

const loaderOf = (images: Images, config: NetworksConfig, trial: number): Loader =>
  createLoader({
    dataset: images,
    batchSize: config.batchSize,
    transforms: preprocessing(config.preprocessing, config.split),
    shuffle: true,
    incomplete: "drop",
    seed: config.seed + trial,
    worker: false,
  });
