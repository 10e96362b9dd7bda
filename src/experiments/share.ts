/** How a run is divided into shards. */
import { requireShard, type Shard } from "../runs";
import type { DataContext, Experiment, Share, Unit } from "./types";

/**
 * The units of one shard; undefined, for all of them, where the run is not divided. The same configuration gives the same division
 * everywhere: no unit is in two shards, and each is in one.
 */
export async function shareOf<C extends object>(
  experiment: Pick<Experiment<C>, "units">,
  config: C,
  shard: Shard | undefined,
  context: DataContext,
): Promise<Share | undefined> {
  if (shard === undefined) return undefined;
  const { index, count } = requireShard(shard);
  return new Set(divide(await experiment.units(config, context), count)[index - 1]);
}

/** The units of each shard of a run. @param config as it was resolved */
export async function divideRun<C extends object>(
  experiment: Pick<Experiment<C>, "units">,
  config: C,
  count: number,
  context: DataContext,
): Promise<Unit[][]> {
  const units = new Map((await experiment.units(config, context)).map((unit) => [unit.key, unit]));
  return divide([...units.values()], count).map((keys) => keys.map((key) => units.get(key)!));
}

/**
 * Divides units among shards so that the most expensive shard costs little more than the others: each unit, the most expensive first, goes to the
 * shard that costs the least by then. Units of one cost go round, in their order.
 * @returns the keys of each shard's units
 */
export function divide(units: readonly Unit[], count: number): string[][] {
  const shards = Array.from({ length: count }, () => ({ cost: 0, keys: [] as string[] }));
  const byCost = units.map((unit, i) => ({ ...unit, i })).sort((a, b) => b.cost - a.cost || a.i - b.i);
  for (const { key, cost } of byCost) {
    const least = shards.reduce((a, b) =>
      b.cost < a.cost || (b.cost === a.cost && b.keys.length < a.keys.length) ? b : a,
    );
    least.cost += cost;
    least.keys.push(key);
  }
  return shards.map(({ keys }) => keys);
}
