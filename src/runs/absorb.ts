/** Puts the shards of a run together: their rows, and what else they keep, come into the run's own folder. */
import { existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isKeptOpen, makeFolder, NonsmoothError, removeFolder, writeAtomically } from "../util";
import { requireHash, rowsOfFiles } from "./earlier-rows";
import { encodeRow } from "./encoding";
import { lookAtLocks, possibleHolderOf } from "./lock";
import { readManifest, writeManifest } from "./manifest";
import type { RowSchema } from "./row-schema";
import { countRows } from "./rows-file";
import { ROWS_FILE } from "./run-rows";
import { SHARDS, type ShardFolder, shardFolders, shardText } from "./shard";
import type { Manifest, Row } from "./types";
import { requireSameData, type ShardFacts, uniteManifests, wholeDivision } from "./unite";

/** Folders in which a run keeps one file for each of its units; a unit is in one shard. */
const KEPT = ["checkpoints", "weights"];

/**
 * Makes the run's own folder hold all that its shards have done, as if the run had never been divided, and removes the shards. Does nothing
 * where there are none. Whatever moment it is stopped at, the next call goes on. Only for who holds the run's folder.
 * @returns what there is to say about it
 * @throws NonsmoothError if a process is at work on a shard; if shards have seen different data, or hold different rows of one key
 */
export function absorbShards<R extends Row>(directory: string, hash: string, schema: RowSchema<R>): string[] {
  const shards = shardFolders(directory);
  if (shards.length === 0) return [];
  requireFree(directory);
  const own = readManifest(directory);
  const isWhole = own?.status === "done" && countRows(join(directory, ROWS_FILE)) === own.rows;
  if (!isWhole) takeIn(directory, hash, schema, own, shards);
  for (const { directory: folder } of shards)
    for (const kind of KEPT) moveFiles(join(folder, kind), join(directory, kind));
  removeFolder(join(directory, SHARDS));
  return isWhole ? [] : [`put together from ${shards.length} shards`];
}

/** Tells, by an error, whether a process is at work on a shard. @returns nothing to say */
export function requireFree(directory: string): [] {
  const shards = shardFolders(directory);
  lookAtLocks(shards.map((shard) => shard.directory));
  for (const shard of shards) {
    const holder = possibleHolderOf(shard.directory);
    if (!holder) continue;
    const rule = `must not be at work in shards at the same time, and ${holder.who} is at work on shard ${shardText(shard)}`;
    const hint = holder.hint ?? "wait for the shards, or stop them; what they have done is kept";
    throw new NonsmoothError("run folder", rule, { got: directory, hint, code: "run-shards-busy" });
  }
  return [];
}

function takeIn<R extends Row>(
  directory: string,
  hash: string,
  schema: RowSchema<R>,
  own: Manifest | undefined,
  shards: readonly ShardFolder[],
): void {
  const known = new Set(((own?.environment.shards ?? []) as readonly ShardFacts[]).map(factsKey));
  const found = shards.flatMap((shard) => {
    const manifest = readManifest(shard.directory);
    if (manifest) requireHash(shard.directory, manifest, hash);
    return manifest ? [{ ...shard, status: manifest.status, manifest }] : [];
  });
  // those that are taken in already are there because their folders could not be removed then
  const manifests = found.flatMap(({ manifest }) =>
    known.has(factsKey({ ...manifest, shard: shardText(manifest.shard!) })) ? [] : manifest,
  );
  requireSameData(own, manifests);
  const paths = [directory, ...shards.map((shard) => shard.directory)].map((folder) => join(folder, ROWS_FILE));
  const distinct = rowsOfFiles(paths, schema, directory);
  writeAtomically(join(directory, ROWS_FILE), linesOf(sortedRows(distinct, schema)));
  if (manifests.length === 0) return;
  const united = uniteManifests(own, manifests, wholeDivision(found) ? "done" : "interrupted");
  writeManifest(directory, { ...united, rows: distinct.size });
}

const factsKey = ({ shard, started, sessions, rows }: Pick<ShardFacts, "shard" | "started" | "sessions" | "rows">) =>
  [shard, started, sessions, rows].join();

/** As rows.jsonl has them. */
export const linesOf = (rows: readonly Row[]): string => rows.map((row) => `${encodeRow(row)}\n`).join("");

/** The order of rows that compare as equal must not depend on how they happened to arrive. */
export const sortedRows = <R extends Row>(rows: ReadonlyMap<string, R>, schema: RowSchema<R>): R[] =>
  [...rows].sort(([keyA, a], [keyB, b]) => schema.order(a, b) || (keyA < keyB ? -1 : 1)).map(([, row]) => row);

function moveFiles(from: string, to: string): void {
  if (!existsSync(from)) return;
  makeFolder(to);
  for (const file of readdirSync(from)) if (!isKeptOpen(file)) renameSync(join(from, file), join(to, file));
}
