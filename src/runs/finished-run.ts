/** A finished run where nothing can be written: it is shown as it is. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isUnwritable, refuseCommitted } from "../util";
import { tryFolder } from "./files";
import { readManifest } from "./manifest";
import type { RowSchema } from "./row-schema";
import { readRows } from "./rows-file";
import type { Environment, Manifest, Row, RunStore } from "./types";

/**
 * The run in a folder, if it is done and nothing is missing; else undefined.
 * @param note what opening it has to say
 * @param cause the error that says that the folder cannot be written: the first new row ends with it
 */
export function finishedRun<R extends Row>(
  directory: string,
  hash: string,
  schema: RowSchema<R>,
  cause: unknown,
  note = "the run is done, and its folder cannot be written: it is shown as it is",
): RunStore<R> | undefined {
  const manifest = readManifest(directory);
  if (manifest?.status !== "done" || manifest.hash !== hash) return undefined;
  const path = join(directory, "rows.jsonl");
  const { rows, torn } = readRows(path);
  if (torn > 0 || rows.length !== manifest.rows) return undefined;
  const checked = rows.map((row, i) => schema.check(row, `${path}, line ${i + 1}`));
  return new FinishedRun(directory, hash, checked, manifest, schema, cause, note);
}

/**
 * Tries whether a run can be opened in a folder, and leaves nothing behind.
 * @throws NonsmoothError, as openRun does, if it cannot: it cannot be written, and holds no finished run
 */
export function tryRun<R extends Row>(
  directory: string,
  hash: string,
  { rows, fresh = false }: { readonly rows: RowSchema<R>; readonly fresh?: boolean },
): void {
  refuseCommitted("run folder", directory);
  try {
    tryFolder(directory);
  } catch (error) {
    const isShown = isUnwritable((error as Error).cause) && !fresh;
    if (!isShown || finishedRun(directory, hash, rows, error) === undefined) throw error;
  }
}

/**
 * The same for a folder of runs, before it is known which of them is meant: if there are some, the one that is meant may be done.
 * @throws NonsmoothError, as openRun does, if there is no run and none can be written
 */
export function tryRuns(folder: string): void {
  refuseCommitted("run folder", folder);
  if (!existsSync(folder)) tryFolder(folder);
}

class FinishedRun<R extends Row> implements RunStore<R> {
  readonly notes: readonly string[];
  private readonly keys: ReadonlySet<string>;

  constructor(
    readonly directory: string,
    readonly hash: string,
    readonly rows: readonly R[],
    private readonly manifest: Manifest,
    schema: RowSchema<R>,
    private readonly cause: unknown,
    note: string,
  ) {
    this.notes = [note];
    this.keys = new Set(rows.map((row) => schema.key(row)));
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  append(_row: R): void {
    throw this.cause;
  }

  /** Nobody is at work on it. */
  report(): void {}

  /** What is recorded is of sessions that make rows. */
  record(_facts: Environment): void {}

  async finish({ summary }: { summary?: unknown | ((rows: readonly R[]) => unknown) } = {}): Promise<Manifest> {
    return { ...this.manifest, summary: typeof summary === "function" ? summary(this.rows) : summary };
  }

  stop(): void {}
}
