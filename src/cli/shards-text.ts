/** Shards in words: how many are in which state, and how to do those again that are not done. */
import { existsSync } from "node:fs";
import { indexList, settingsBetween, shellLine, slurmFolder } from "../cluster";
import { experiment, isOfLibrary, makeConfig } from "../experiments";
import { defaultRuns, type Manifest, type RunEntry, runName, type Shard, type ShardEntry, shardText } from "../runs";
import { groupBy } from "../util";

/** "8 shards: 5 done, 1 running, 2 missing" */
export function shardCounts(shards: readonly ShardEntry[]): string {
  const byStatus = [...groupBy(shards, ({ status }) => status)].map(([status, some]) => `${some.length} ${status}`);
  return `${shards.length} ${shards.length === 1 ? "shard" : "shards"}: ${byStatus.join(", ")}`;
}

/** Of more shards in one state so many have a line each, the rest one together. */
const FEW = 3;

/** The shards that are not done and that nobody is at work on, with the command that does them again. */
export function openShards(entry: RunEntry, runs: string): string[] {
  const { shards = [], manifest } = entry;
  const open = shards.filter(({ status }) => status !== "done" && status !== "running");
  const lineOf = (shard: ShardEntry) =>
    `shard ${shardText(shard)} is ${stateOf(shard)}: ${howToDo(manifest!, shard, runs)}`;
  const lines = [...groupBy(open, (shard) => `${stateOf(shard)} of ${shard.count}`)].flatMap(([, same]) =>
    same.length <= FEW + 1 ? same.map(lineOf) : [...same.slice(0, FEW).map(lineOf), togetherText(same.slice(FEW))],
  );
  const isSubmitted = open.length > 0 && existsSync(slurmFolder(entry.directory));
  return isSubmitted
    ? [...lines, `those that wait in Slurm's queue are among them: ${jobsCommand(entry, runs)}`]
    : lines;
}

function togetherText(same: readonly ShardEntry[]): string {
  const first = same[0]!;
  const indices = indexList(same.map(({ index }) => index));
  return `shards ${indices} of ${first.count} are ${stateOf(first)}, too: in the same way, each with its own shard`;
}

function stateOf({ status, problem, manifest }: ShardEntry): string {
  // without the hint: the command is one
  const why = (problem ?? manifest?.reason)?.split("\n", 1)[0];
  return `${status}${why === undefined ? "" : ` (${why})`}`;
}

const jobsCommand = (entry: RunEntry, runs: string): string =>
  shellLine(["npx", "nonsmooth", "jobs", runName(entry), ...runsWords(runs)]);

const runsWords = (runs: string): string[] => (runs === defaultRuns() ? [] : ["--runs", runs]);

/** No command computes an experiment from outside the library. */
function howToDo(manifest: Manifest, shard: Shard, runs: string): string {
  if (isOfLibrary(manifest.experiment)) return shellLine(commandOf(manifest, shard, runs));
  return `the program that defines ${manifest.experiment} computes it, with shard: { index: ${shard.index}, count: ${shard.count} }`;
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
    ...runsWords(runs),
    ...(shard ? ["--shard", shardText(shard)] : []),
  ];
}
