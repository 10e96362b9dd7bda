/** `nonsmooth runs merge`: puts the shards of a run together. */
import { dirname, join } from "node:path";
import { experiment, isOfLibrary, mergeShards } from "../experiments";
import { defaultRuns, findRun, runName, SHARDS, wholeDivision } from "../runs";
import { NonsmoothError } from "../util";
import { asUsage, note, plural, print } from "./exit";
import { requireRuns } from "./runs";
import { openShards, shardCounts } from "./shards-text";

export interface MergeOptions {
  readonly runs?: string;
  readonly data?: string;
}

/** @throws NonsmoothError that names each shard which is not done, with the command that does it again */
export async function merge(given: string | undefined, { runs = defaultRuns(), data }: MergeOptions): Promise<void> {
  const [word] = requireRuns("runs merge", [given], { runs }) as [string];
  const entry = asUsage(() => findRun(word, { runs }));
  const what = `run ${runName(entry)}`;
  const { shards, manifest, directory, problem } = entry;
  if (!shards && problem !== undefined) throw new NonsmoothError(what, `is broken: ${problem}`);
  if (!shards) return print(`${what}: nothing to put together, it has no shards (${entry.status})`);
  if (!manifest) return print(`${what}: nothing to put together yet, its shards have only just begun`);
  if (!wholeDivision(shards)) {
    const open = openShards(entry, runs);
    const elsewhere = `if one was computed elsewhere, copy its folder into ${join(directory, SHARDS)}`;
    const hint = open.length > 0 ? [...open, elsewhere].join("\n") : undefined;
    throw new NonsmoothError(what, "must have all of its shards done", { got: shardCounts(shards), hint });
  }
  if (!isOfLibrary(manifest.experiment))
    throw new NonsmoothError(what, "must be put together by the program that defines its experiment", {
      got: manifest.experiment,
      hint: "start it again, with one of the shards or without: it finds all of them done",
    });
  const chosen = experiment(manifest.experiment);
  const place = { runs: dirname(dirname(directory)), runDirectory: directory, dataDirectory: data, log: note };
  const { rows } = await mergeShards(chosen, manifest.config, place);
  print(`${what}: done, ${plural(rows.length, "row")} in ${directory}`);
}
