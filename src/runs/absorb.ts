/** Puts the shards of a run together: their rows, and what else they keep, come into the run's own folder. */
import { appendFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  isKeptOpen,
  makeFolder,
  moveFile,
  NonsmoothError,
  readRegularIfThere,
  removeFolder,
  removeLeftOver,
  writeAtomically,
} from "../util";
import { requireHash, rowsOfFiles, STRAY } from "./earlier-rows";
import { removeIfEmpty } from "./files";
import { lookAtLocks, possibleHolderOf } from "./lock";
import { readManifest, writeManifest } from "./manifest";
import type { RowSchema } from "./row-schema";
import { countRows, linesOf } from "./rows-file";
import { ROWS_FILE } from "./run-rows";
import { isShardName, SHARDS, type ShardFolder, shardFolders, shardText } from "./shard";
import type { Manifest, Row } from "./types";
import { requireSameData, uniteManifests, wholeDivision } from "./unite";

/** Folders in which a run keeps one file for each of its units; a unit is in one shard. */
const KEPT = ["checkpoints", "weights"];

/**
 * Makes the run's own folder hold all that its shards have done, as if the run had never been divided. The shards stay until the run is done,
 * so that whatever moment it is stopped at, the next call goes on. Only for who holds the run's folder.
 * @returns what there is to say about it, and whether the shards have all rows
 * @throws NonsmoothError if a process is at work on a shard; if shards have seen different data, or hold different rows of one key
 */
export function absorbShards<R extends Row>(
  directory: string,
  hash: string,
  schema: RowSchema<R>,
): { readonly absorbed?: readonly string[]; readonly isWhole?: boolean } {
  const shards = shardFolders(directory);
  if (shards.length === 0) {
    removeShards(directory);
    return {};
  }
  requireFree(directory);
  const own = readManifest(directory);
  if (own?.status === "done" && countRows(join(directory, ROWS_FILE)) === own.rows) {
    removeShards(directory);
    return {};
  }
  const isWhole = takeIn(directory, hash, schema, own, shards);
  for (const { directory: folder } of shards)
    for (const kind of KEPT) moveFiles(join(folder, kind), join(directory, kind));
  return { absorbed: [`put together from ${shards.length} shards`], isWhole };
}

/** Removes the shards of a run that is done. Rows that they have set aside are kept; what is no shard stays. */
export function removeShards(directory: string): void {
  for (const shard of shardFolders(directory)) {
    const stray = readRegularIfThere(join(shard.directory, STRAY));
    if (stray) appendFileSync(join(directory, STRAY), stray);
    removeFolder(shard.directory);
  }
  const folder = join(directory, SHARDS);
  // one that lost its files, and then the process was killed, is empty
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (isShardName(name)) removeIfEmpty(join(folder, name));
  removeIfEmpty(folder);
}

/** @throws NonsmoothError if a process is at work on a shard */
export function requireFree(directory: string): void {
  const shards = shardFolders(directory);
  lookAtLocks(shards.map((shard) => shard.directory));
  for (const shard of shards) {
    const holder = possibleHolderOf(shard.directory);
    if (!holder) continue;
    const rule = `must not be at work in shards at the same time, and ${holder.who} is at work on shard ${shardText(shard)}`;
    const hint = holder.hint ?? "wait for the shards, or stop them; what they have done is kept";
    throw new NonsmoothError("run folder", rule, { got: directory, hint, code: "run-shards-busy" });
  }
}

function takeIn<R extends Row>(
  directory: string,
  hash: string,
  schema: RowSchema<R>,
  own: Manifest | undefined,
  shards: readonly ShardFolder[],
): boolean {
  const manifests = shards.flatMap((shard) => {
    const manifest = readManifest(shard.directory);
    if (manifest) requireHash(shard.directory, manifest, hash);
    return manifest ?? [];
  });
  requireSameData(own, manifests);
  const paths = [directory, ...shards.map((shard) => shard.directory)].map((folder) => join(folder, ROWS_FILE));
  const distinct = rowsOfFiles(paths, schema, directory);
  writeAtomically(join(directory, ROWS_FILE), linesOf(sortedRows(distinct, schema)));
  if (manifests.length === 0) return false;
  writeManifest(directory, { ...uniteManifests(own, manifests, "interrupted"), rows: distinct.size });
  return wholeDivision(manifests.map(({ shard, status }) => ({ ...shard!, status }))) !== undefined;
}

/** The order of rows that compare as equal must not depend on how they happened to arrive. */
export const sortedRows = <R extends Row>(rows: ReadonlyMap<string, R>, schema: RowSchema<R>): R[] =>
  [...rows].sort(([keyA, a], [keyB, b]) => schema.order(a, b) || (keyA < keyB ? -1 : 1)).map(([, row]) => row);

/** Of two files for one unit the newer one is further. */
function moveFiles(from: string, to: string): void {
  if (!existsSync(from)) return;
  makeFolder(to);
  const files = readdirSync(from);
  removeLeftOver(to, files);
  for (const file of files) {
    const [there, here] = [join(from, file), join(to, file)];
    const isOlder = existsSync(here) && statSync(here).mtimeMs > statSync(there).mtimeMs;
    if (!isKeptOpen(file) && !isOlder) moveFile(there, here);
  }
}
