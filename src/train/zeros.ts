/** Exact zeros by layer, counted in the steps of a training. */
import { kinkHits, kinkSites } from "../autodiff";
import type { Value } from "../ir";
import type { StepEvent } from "./events";

/** What the names of the counts begin with. */
const PREFIX = "zeros ";

/** The elements of one layer's pre-activation that were exactly 0 in a step. */
export interface LayerZeros {
  /** What the name of the count says: "1" for the first activation of the network. */
  readonly layer: string;
  readonly zeros: number;
}

/**
 * For `observe` of a training: counts, in each step, the pre-activations that are exactly at a kink at 0 (ReLU, LeakyReLU and the
 * like), an output `zeros k` for each activation k, from 1, in the order of the forward pass. Its numbers change no other.
 *
 * @example
 * ```ts
 * import { createEngine, createLoader, createNetwork, glyphs, observeZeros, sgd, train } from "nonsmooth";
 *
 * const data = createLoader({ dataset: glyphs({ split: "train", count: 400 }), batchSize: 100, worker: false });
 * const network = createNetwork("mlp", { inputShape: data.shape, classes: 10, widths: [128, 128] });
 * const settings = { network, data, engine: createEngine(), optimizer: sgd({ lr: 0.1 }), epochs: 1, seed: 1 };
 * for await (const event of train({ ...settings, precision: "e5m2", observe: observeZeros }))
 *   if (event.kind === "step") console.log(event.observed["zeros 1"]?.data[0], event.observed["zeros 2"]?.data[0]);
 * ```
 */
export function observeZeros(loss: Value): Record<string, Value> {
  const sites = kinkSites([loss]).filter(({ at }) => at === 0);
  return Object.fromEntries(sites.map((site, i) => [`${PREFIX}${i + 1}`, kinkHits(site)]));
}

/** The counts of a step, by layer; your own `observe` may name them too: `zeros fc1`. Empty where nothing was counted. */
export function zerosOf({ observed }: Pick<StepEvent, "observed">): LayerZeros[] {
  return Object.entries(observed)
    .filter(([name, { data }]) => name.startsWith(PREFIX) && data.length === 1)
    .map(([name, { data }]) => ({ layer: name.slice(PREFIX.length), zeros: data[0]! }));
}
