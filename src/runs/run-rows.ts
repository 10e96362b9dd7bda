/** The rows of a run wherever they are: in its own file, and in those of its shards. */
import { join } from "node:path";
import { encodeRow } from "./encoding";
import { readManifest } from "./manifest";
import { countRows, readRows } from "./rows-file";
import { shardFolders } from "./shard";
import type { Row } from "./types";

export const ROWS_FILE = "rows.jsonl";

/**
 * The rows of a run, each once: those of its own file first, then shard by shard. Once the run is done its own file has all of them.
 * @throws NonsmoothError naming file and line, if one is no row
 */
export const readRunRows = (directory: string): readonly Row[] =>
  againIfDone(directory, () => distinctLines(filesOf(directory).map((path) => readRows(path).rows)));

function distinctLines(files: readonly (readonly Row[])[]): readonly Row[] {
  const filled = files.filter(({ length }) => length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const distinct = new Map<string, Row>();
  for (const row of filled.flat()) {
    const line = encodeRow(row);
    if (!distinct.has(line)) distinct.set(line, row);
  }
  return [...distinct.values()];
}

/** How many there are. @throws NonsmoothError naming file and line, if one is not in braces */
export function countRunRows(directory: string): number {
  return againIfDone(directory, () => {
    const counts = filesOf(directory).map((path) => countRows(path, { inBraces: true }));
    // shards of one division have no row in common
    const mayRepeat = counts[0]! > 0 || new Set(shardFolders(directory).map(({ count }) => count)).size > 1;
    return mayRepeat && counts.length > 1 ? readRunRows(directory).length : counts.reduce((a, b) => a + b, 0);
  });
}

function filesOf(directory: string): string[] {
  const shards = shardFolders(directory);
  const isWhole = shards.length === 0 || isDone(directory);
  return [directory, ...(isWhole ? [] : shards.map((shard) => shard.directory))].map((one) => join(one, ROWS_FILE));
}

/**
 * What is read of a run's folder. A run that is put together meanwhile loses its shards under the hands of who reads them: it is read again,
 * for its own files have everything by then.
 */
function againIfDone<T>(directory: string, read: () => T): T {
  if (shardFolders(directory).length === 0 || isDone(directory)) return read();
  try {
    const found = read();
    if (!isDone(directory)) return found;
  } catch (error) {
    if (!isDone(directory)) throw error;
  }
  return read();
}

/** Whether a run's own folder has all of it. */
export function isDone(directory: string): boolean {
  try {
    return readManifest(directory)?.status === "done";
  } catch {
    return false; // what is wrong with a manifest is told where the run is described
  }
}
