/**
 * Shards: fixed parts of a run that are computed apart from each other, on any number of machines. Each has a folder of its own, like that of
 * a run, in the run's folder: `shards/<index>-of-<count>/`, with one writer.
 */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail, isHollow, unlessGone } from "../util";

/** One of the parts that a run is divided into. */
export interface Shard {
  /** From 1 to the count. */
  readonly index: number;
  readonly count: number;
}

/** A shard that is there, and its folder. */
export interface ShardFolder extends Shard {
  readonly directory: string;
}

/** More than any cluster's array of tasks may have. */
const MOST = 10_000;

/** In a run's folder. */
export const SHARDS = "shards";

const NAME = /^([1-9]\d{0,5})-of-([1-9]\d{0,5})$/;

/** Whether a folder in `shards` is that of a shard. */
export const isShardName = (name: string): boolean => NAME.test(name);

/** `3/8`, as the command line has it. */
export const shardText = ({ index, count }: Shard): string => `${index}/${count}`;

/** @throws NonsmoothError for what is no shard */
export function requireShard(given: Shard): Shard {
  const { index, count } = given ?? {};
  const isShard = [index, count].every(Number.isInteger) && index >= 1 && index <= count && count <= MOST;
  if (!isShard) fail("shard", `must be index/count, with an index from 1 to the count, of at most ${MOST}`, given);
  return { index, count };
}

export const shardDirectory = (runDirectory: string, { index, count }: Shard): string =>
  join(runDirectory, SHARDS, `${index}-of-${count}`);

/** Whether NFS keeps the folder of a shard that was removed. What cannot be read is there. */
function isRemoved(directory: string): boolean {
  try {
    return isHollow(directory);
  } catch {
    return false;
  }
}

/** The shards of a run that are there, those of the same division together, in their order. */
export function shardFolders(runDirectory: string): ShardFolder[] {
  const folder = join(runDirectory, SHARDS);
  const found = entriesOf(folder).flatMap((entry): ShardFolder[] => {
    const [, index, count] = NAME.exec(entry.name)?.map(Number) ?? [];
    if (index === undefined || count === undefined || index > count || count > MOST) return [];
    if (!isFolderEntry(folder, entry)) return [];
    const directory = join(folder, entry.name);
    return isRemoved(directory) ? [] : [{ index, count, directory }];
  });
  return found.sort((a, b) => a.count - b.count || a.index - b.index);
}

/** None of a folder that is not there, or that is removed just now. */
function entriesOf(folder: string): Dirent[] {
  try {
    return unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") fail(folder, "must be a folder", "a file");
    throw error;
  }
}

/** Whether an entry of a folder is a folder, or a link to one. */
export const isFolderEntry = (folder: string, entry: Dirent): boolean =>
  entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(join(folder, entry.name)));

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false; // it leads nowhere, or in a circle
  }
}
