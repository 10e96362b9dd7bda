/** Shards in words: how many are in which state, and how to do those again that are not done. */
import { settingsBetween, shellLine } from "../cluster";
import { experiment, makeConfig } from "../experiments";
import { defaultRuns, type Manifest, type RunEntry, type Shard, type ShardEntry, shardText } from "../runs";
import { groupBy } from "../util";

/** "8 shards: 5 done, 1 running, 2 missing" */
export function shardCounts(shards: readonly ShardEntry[]): string {
  const byStatus = [...groupBy(shards, ({ status }) => status)].map(([status, some]) => `${some.length} ${status}`);
  return `${shards.length} ${shards.length === 1 ? "shard" : "shards"}: ${byStatus.join(", ")}`;
}

/** The shards that are not done and that nobody is at work on: a line for each, with the command that does it again. */
export function openShards({ shards = [], manifest }: RunEntry, runs: string): string[] {
  const open = shards.filter(({ status }) => status !== "done" && status !== "running");
  return open.map((shard) => {
    const why = shard.problem ?? shard.manifest?.reason;
    const state = `${shard.status}${why === undefined ? "" : ` (${why})`}`;
    return `shard ${shardText(shard)} is ${state}: ${shellLine(commandOf(manifest!, shard, runs))}`;
  });
}

/** The command that computes a shard, or the whole of a run, wherever it is typed. */
export function commandOf(
  { experiment: name, config, preset }: Manifest,
  shard: Shard | undefined,
  runs: string,
): string[] {
  const start = makeConfig(experiment(name), { preset });
  return [
    ...["npx", "nonsmooth", "run", name],
    ...(preset === undefined ? [] : ["--preset", preset]),
    ...settingsBetween(start, config).flatMap((setting) => ["--set", setting]),
    ...(runs === defaultRuns() ? [] : ["--runs", runs]),
    ...(shard ? ["--shard", shardText(shard)] : []),
  ];
}
