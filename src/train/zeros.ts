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
 *     train({ ...settings, observe: observeZeros })
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
