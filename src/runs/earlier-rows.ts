/** What earlier sessions left in a run's folder, put in order for the next one. */
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { NonsmoothError, readRegularIfThere, removeFolder, writeTogether } from "../util";
import { readManifest } from "./manifest";
import type { RowSchema } from "./row-schema";
import { distinctRows, linesOf, readRows } from "./rows-file";
import { countRunRows, ROWS_FILE } from "./run-rows";
import { SHARDS, type Shard, shardFolders } from "./shard";
import type { OpenRunOptions } from "./store";
import type { Manifest, Row } from "./types";

/** In a run's folder: rows that were taken out of the others. */
export const STRAY = "stray.jsonl";

/** What earlier sessions left. */
export interface Earlier<R extends Row> {
  readonly manifest?: Manifest;
  readonly rows: Map<string, R>;
  readonly notes: readonly string[];
  /** Whether shards have all rows, though the run is not ended. */
  readonly isWhole?: boolean;
  /** For a shard: what other parts of the run have. */
  readonly elsewhere?: ReadonlyMap<string, R>;
  /** Where those are. */
  readonly otherFolders?: readonly string[];
}

/** @throws NonsmoothError if the folder holds another configuration, or a line of rows.jsonl that is no row */
export function earlierSessions<R extends Row>(
  directory: string,
  hash: string,
  { rows: schema, stray = () => [] }: Pick<OpenRunOptions<R>, "rows" | "stray">,
): Earlier<R> {
  const manifest = readManifest(directory);
  if (manifest) requireHash(directory, manifest, hash);
  const path = join(directory, "rows.jsonl");
  const { rows, bytes, torn } = readRows(path);
  const checked = rows.map((row, i) => schema.check(row, `${path}, line ${i + 1}`));
  const distinct = distinctRows(checked, (row) => schema.key(row), path);
  const notes: string[] = [];
  if (torn > 0) {
    truncateSync(path, bytes);
    notes.push(`dropped a torn last line of ${torn} bytes from rows.jsonl`);
  }
  if (distinct.size < rows.length) notes.push(`dropped ${rows.length - distinct.size} repeated rows`);
  notes.push(...setAside(directory, distinct, stray([...distinct.values()]), schema));
  return { manifest, rows: distinct, notes };
}

/** Takes rows out of rows.jsonl and of the map, and keeps them in stray.jsonl. */
function setAside<R extends Row>(
  directory: string,
  rows: Map<string, R>,
  stray: readonly R[],
  schema: RowSchema<R>,
): string[] {
  const [first] = stray;
  if (first === undefined) return [];
  const all = rows.size;
  const file = join(directory, STRAY);
  const before = readRegularIfThere(file) ?? Buffer.alloc(0);
  for (const row of stray) rows.delete(schema.key(row));
  writeTogether([
    [file, Buffer.concat([before, Buffer.from(linesOf(stray))])],
    [join(directory, "rows.jsonl"), linesOf([...rows.values()])],
  ]);
  const are = stray.length === 1 ? "is" : "are";
  return [
    `set aside in stray.jsonl: ${stray.length} of ${all} rows ${are} of no run that the configuration asks for, the first with the key ${schema.key(first)}`,
  ];
}

/**
 * What a shard need not compute: the rows of the run's own file, and of shards of other divisions. Shards of one division have none in common.
 * @param own those that the shard has itself: of a run whose putting together was interrupted, its own file has them, too
 */
export function rowsElsewhere<R extends Row>(
  runDirectory: string,
  { count }: Shard,
  schema: RowSchema<R>,
  own: ReadonlyMap<string, R>,
): Required<Pick<Earlier<R>, "elsewhere" | "otherFolders">> {
  const others = shardFolders(runDirectory).filter((one) => one.count !== count);
  const otherFolders = [runDirectory, ...others.map(({ directory }) => directory)];
  const paths = otherFolders.map((folder) => join(folder, ROWS_FILE));
  const elsewhere = rowsOfFiles(paths, schema, runDirectory);
  for (const key of own.keys()) elsewhere.delete(key);
  return { elsewhere, otherFolders };
}

/** The rows of several files, each once. @throws NonsmoothError for a line that is no row, and for different rows of one key */
export function rowsOfFiles<R extends Row>(
  paths: readonly string[],
  schema: RowSchema<R>,
  what: string,
): Map<string, R> {
  const rows = paths.flatMap((path) =>
    readRows(path).rows.map((row, i) => schema.check(row, `${path}, line ${i + 1}`)),
  );
  return distinctRows(rows, (row) => schema.key(row), what);
}

/** Starts a run over, also where its rows cannot be read. */
export function removeRows<R extends Row>(directory: string): Earlier<R> {
  const removed = removedRows(directory);
  for (const file of ["rows.jsonl", "rows.parquet"]) rmSync(join(directory, file), { force: true });
  removeFolder(join(directory, SHARDS));
  return { rows: new Map(), notes: removed === "0" ? [] : [`fresh: removed ${removed} earlier rows`] };
}

function removedRows(directory: string): string {
  try {
    return String(countRunRows(directory));
  } catch {
    return "damaged";
  }
}

/** @throws NonsmoothError if a manifest is of another configuration */
export function requireHash(directory: string, manifest: Manifest, hash: string): void {
  if (manifest.hash === hash) return;
  throw new NonsmoothError(`run folder ${directory}`, `its manifest must be of the configuration ${hash}`, {
    got: manifest.hash,
    hint: "it was copied or edited; remove it, or start the run over with --fresh (fresh: true)",
    code: "run-folder-mismatch",
  });
}
