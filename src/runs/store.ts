/**
 * Run folders. A run is a pure function of its configuration: `<runs>/<experiment>/<first 12 digits of the hash>/` holds
 * manifest.json, rows.jsonl (append only, one writer) and, once it is done, rows.parquet. Opening it again goes on where it
 * stopped, however it stopped, and ends with the same bytes.
 */
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  fail,
  isUnwritable,
  makeFolder,
  NonsmoothError,
  refuseCommitted,
  removeLeftOver,
  writeAtomically,
} from "../util";
import { absorbShards, removeShards, requireFree, sortedRows } from "./absorb";
import { codeNote, otherCode } from "./earlier-code";
import { type Earlier, earlierSessions, removeRows, rowsElsewhere } from "./earlier-rows";
import { encodeRow } from "./encoding";
import { explain, inFolder, RUN_FILES, removeIfEmpty } from "./files";
import { finishedRun } from "./finished-run";
import { type Hold, lockFolder, requireNotHeld } from "./lock";
import { configHash, writeManifest } from "./manifest";
import { VERSION } from "./manifest-schema";
import { writeParquet } from "./parquet";
import { ProgressFile } from "./progress-file";
import { provenance } from "./provenance";
import type { RowSchema } from "./row-schema";
import { linesOf } from "./rows-file";
import { type Shard, shardDirectory, shardText } from "./shard";
import type { Config, Environment, Manifest, Progress, Row, RunStatus, RunStore } from "./types";

export interface OpenRunOptions<R extends Row = Row> {
  /** The experiment's name: letters, digits, dots, dashes. */
  readonly experiment: string;
  /** What is run: all that the rows depend on. */
  readonly config: Config;
  /** The preset that it was made from, for the manifest; the hash does not depend on it. */
  readonly preset?: string;
  /** Folder of all runs. */
  readonly directory: string;
  /** Columns, key and order of the rows. */
  readonly rows: RowSchema<R>;
  /** The rows that are of no run that the configuration asks for; default: none. They are set aside, in stray.jsonl. */
  readonly stray?: (rows: readonly R[]) => readonly R[];
  /** Removes the rows of this run first; default false. */
  readonly fresh?: boolean;
  /** For the manifest: engine, adapter, threads, datasets. */
  readonly environment?: Environment;
  /** The part of the run that is opened; default: all of it. */
  readonly shard?: Shard;
  /** Whether this process belongs to the run alone, so that whoever follows the run may stop it; default false. */
  readonly detached?: boolean;
}

/** The manifest that a killed session leaves is at most this old, in milliseconds. */
const MANIFEST_EVERY_MS = 10_000;

/**
 * Opens the run folder of a configuration, creating it if need be, and takes it for this process. Where nothing can be written, a run
 * that is done is opened to be read.
 * @throws if another writer holds it, if it holds another configuration, if a line of rows.jsonl is broken, or if it cannot be
 * written.
 */
export function openRun<R extends Row>(options: OpenRunOptions<R>): RunStore<R> {
  const { experiment, config } = options;
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(experiment)) {
    fail("experiment", "its name must be letters, digits, dots, dashes and underscores", experiment);
  }
  const hash = configHash(experiment, config);
  const whole = join(options.directory, experiment, hash.slice(0, 12));
  refuseCommitted("run folder", whole);
  if (options.shard) return openShard(whole, hash, options, options.shard);
  return inFolder(whole, () => {
    const hold = take(whole, hash, options);
    return "hash" in hold ? hold : opened(hold, () => openWhole(whole, hash, options, hold));
  });
}

function openWhole<R extends Row>(
  directory: string,
  hash: string,
  options: OpenRunOptions<R>,
  hold: Hold,
): RunStore<R> {
  removeLeftOver(directory, RUN_FILES);
  if (options.fresh) requireFree(directory);
  const { absorbed = [], isWhole = false } = options.fresh ? {} : absorbShards(directory, hash, options.rows);
  const earlier = options.fresh ? removeRows<R>(directory) : earlierSessions(directory, hash, options);
  const notes = [...hold.notes, ...absorbed, ...earlier.notes];
  return new RunFolder(directory, hash, options, { ...earlier, notes, isWhole }, hold);
}

/** A shard of a run that is done has nothing to do: it is the run as it is. */
function openShard<R extends Row>(whole: string, hash: string, options: OpenRunOptions<R>, shard: Shard): RunStore<R> {
  const directory = shardDirectory(whole, shard);
  const finished = () => finishedRun(whole, hash, options.rows, undefined, "the run is done, and so is its shard");
  const before = finished();
  if (before && options.fresh) {
    const hint = "without --shard the whole run begins anew";
    fail("fresh", "must not be asked of a shard of a run that is done", shardText(shard), hint);
  }
  if (before) return before;
  try {
    return inFolder(directory, () => {
      const hold = take(directory, hash, options);
      if ("hash" in hold) return hold;
      return opened(hold, () => {
        requireNotHeld(whole);
        // it may have been put together meanwhile
        const now = finished();
        if (now) hold.release();
        return now ?? openPart(whole, hash, options, shard, hold);
      });
    });
  } finally {
    // what was made for a shard that is not opened
    removeIfEmpty(directory);
    removeIfEmpty(dirname(directory));
  }
}

function openPart<R extends Row>(
  whole: string,
  hash: string,
  options: OpenRunOptions<R>,
  shard: Shard,
  hold: Hold,
): RunStore<R> {
  const directory = shardDirectory(whole, shard);
  removeLeftOver(directory, RUN_FILES);
  const earlier = options.fresh ? removeRows<R>(directory) : earlierSessions(directory, hash, options);
  const others = rowsElsewhere(whole, shard, options.rows, earlier.rows);
  const notes = [...hold.notes, ...earlier.notes];
  return new RunFolder(directory, hash, options, { ...earlier, ...others, notes }, hold);
}

/** Takes a folder; where nothing can be written, the finished run that it holds. */
function take<R extends Row>(directory: string, hash: string, options: OpenRunOptions<R>): Hold | RunStore<R> {
  try {
    return lockNew(directory);
  } catch (error) {
    const cause = explain(directory, error);
    const finished = isUnwritable(error) && !options.fresh && finishedRun(directory, hash, options.rows, cause);
    if (finished) return finished;
    throw cause;
  }
}

/** Makes a folder and takes it. Another process may remove it in between, as long as it is empty. */
function lockNew(directory: string, attempts = 5): Hold {
  try {
    makeFolder(directory);
    return lockFolder(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || attempts === 1) throw error;
    return lockNew(directory, attempts - 1);
  }
}

function opened<R extends Row>(hold: Hold, work: () => RunStore<R>): RunStore<R> {
  try {
    return work();
  } catch (error) {
    hold.release();
    throw error;
  }
}

const takenOver = (directory: string) =>
  new NonsmoothError("run folder", "was taken over by another writer while this one was asleep", {
    got: directory,
    hint: "stop one of the two; the other one goes on from the same rows",
    code: "run-folder-busy",
  });

const removed = (directory: string) =>
  new NonsmoothError("run folder", "must stay while the run goes on; it was removed", { got: directory });

class RunFolder<R extends Row> implements RunStore<R> {
  readonly notes: readonly string[];
  readonly otherFolders: readonly string[];
  private readonly schema: RowSchema<R>;
  private readonly byKey: Map<string, R>;
  private list: R[];
  /** Rows that other parts of the run have. */
  private readonly elsewhere: ReadonlyMap<string, R>;
  private file: number | undefined;
  private ended = false;
  private failure: unknown;
  private manifest: Manifest;
  /** For a run that was done: what the manifest says once there is a new row. Opening such a run need not add any. */
  private withNewRows: Pick<Manifest, "provenance" | "earlierCode" | "notes"> | undefined;
  private readonly progress: ProgressFile;
  private readonly secondsBefore: number;
  private readonly openedAt = performance.now();
  private writtenAt = 0;

  constructor(
    readonly directory: string,
    readonly hash: string,
    options: OpenRunOptions<R>,
    earlier: Earlier<R>,
    private readonly hold: Hold,
  ) {
    const { manifest, rows, elsewhere = new Map<string, R>(), isWhole = false } = earlier;
    const now = provenance();
    this.schema = options.rows;
    this.elsewhere = elsewhere;
    this.otherFolders = earlier.otherFolders ?? [];
    this.byKey = rows;
    this.list = [...rows.values()];
    this.progress = new ProgressFile(directory, options.detached ?? false);
    this.progress.remove();
    this.secondsBefore = manifest?.seconds ?? 0;
    const other = otherCode(manifest, now.commit, rows.size);
    const notes = [...earlier.notes, ...other.map(codeNote)];
    const earlierCode = [...(rows.size > 0 ? (manifest?.earlierCode ?? []) : []), ...other];
    const present = {
      provenance: { ...now },
      ...(earlierCode.length > 0 && { earlierCode }),
      notes: [...new Set([...(manifest?.notes ?? []), ...notes])],
    };
    const done = (manifest?.status === "done" || isWhole) && rows.size > 0 ? manifest : undefined;
    // no other code has made rows of a finished run until one is added
    this.notes = done ? earlier.notes : notes;
    if (done) this.withNewRows = present;
    const origin = done ?? present;
    const preset = options.preset ?? manifest?.preset;
    this.manifest = {
      version: VERSION,
      experiment: options.experiment,
      config: options.config,
      ...(preset !== undefined && { preset }),
      hash,
      ...(options.shard && { shard: options.shard }),
      status: "running",
      provenance: origin.provenance,
      ...(origin.earlierCode && { earlierCode: origin.earlierCode }),
      environment: { ...manifest?.environment, ...options.environment },
      sessions: (manifest?.sessions ?? 0) + 1,
      started: manifest?.started ?? now.date,
      seconds: this.secondsBefore,
      rows: rows.size,
      files: [],
      notes: origin.notes,
    };
    this.write({});
    this.file = openSync(join(directory, "rows.jsonl"), "a");
  }

  get rows(): readonly R[] {
    return this.ended || this.elsewhere.size === 0 ? this.list : [...this.elsewhere.values(), ...this.list];
  }

  has(key: string): boolean {
    return this.byKey.has(key) || this.elsewhere.has(key);
  }

  append(given: R): void {
    const file = this.opened();
    const row = this.schema.check(given);
    const line = `${encodeRow(row)}\n`;
    const key = this.schema.key(row);
    if (this.has(key)) fail("row", "must have a key of its own", key);
    try {
      inFolder(this.directory, () => writeFileSync(file, line));
    } catch (error) {
      // the line may be there in part: another one after it would make it a broken line in the middle
      this.failure = error;
      throw error;
    }
    this.manifest = { ...this.manifest, ...this.withNewRows };
    this.withNewRows = undefined;
    const copy = { ...row };
    this.byKey.set(key, copy);
    this.list.push(copy);
    if (performance.now() - this.writtenAt > MANIFEST_EVERY_MS) this.write({});
  }

  report(progress: Progress): void {
    // a folder that another writer has taken over is left alone
    if (this.file !== undefined && this.hold.isHeld()) this.inOwnFolder(() => this.progress.report(progress));
  }

  record(facts: Environment): void {
    this.opened();
    this.write({ environment: { ...this.manifest.environment, ...facts } });
  }

  async finish({ summary }: { summary?: unknown | ((rows: readonly R[]) => unknown) } = {}): Promise<Manifest> {
    this.opened();
    this.close();
    this.list = sortedRows(this.byKey, this.schema);
    try {
      writeAtomically(join(this.directory, "rows.jsonl"), linesOf(this.list));
      if (!this.manifest.shard)
        await writeParquet(join(this.directory, "rows.parquet"), this.list, this.schema.columns);
    } catch (error) {
      throw explain(this.directory, error);
    }
    this.end("done", { summary: typeof summary === "function" ? summary(this.list) : summary });
    return this.manifest;
  }

  stop(status: "interrupted" | "failed", reason?: string): void {
    if (this.ended) return;
    this.close();
    this.end(status, { reason });
  }

  private opened(): number {
    if (this.failure) throw this.failure;
    if (this.file !== undefined && !this.hold.isHeld()) {
      // nothing more is written: what the other one writes counts
      this.failure = existsSync(this.directory) ? takenOver(this.directory) : removed(this.directory);
      this.close();
      this.ended = true;
      this.hold.release();
      throw this.failure;
    }
    if (this.file === undefined) throw new NonsmoothError(`run folder ${this.directory}`, "is closed, open it again");
    return this.file;
  }

  /** Where the folder is removed or taken over in the middle of the work, the error says so. */
  private inOwnFolder(work: () => void): void {
    try {
      inFolder(this.directory, work);
    } catch (error) {
      if (this.file !== undefined) this.opened();
      throw error;
    }
  }

  private close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private end(status: RunStatus, outcome: Pick<Manifest, "reason" | "summary">): void {
    this.ended = true;
    try {
      this.progress.remove();
      this.write({ ...outcome, status, finished: new Date().toISOString() });
      // until then they are what the next session goes on from, whatever happens to this one
      if (status === "done" && !this.manifest.shard) this.inOwnFolder(() => removeShards(this.directory));
    } finally {
      this.hold.release();
    }
  }

  private write(changes: Partial<Manifest>): void {
    const seconds = this.secondsBefore + (performance.now() - this.openedAt) / 1000;
    this.manifest = {
      ...this.manifest,
      ...changes,
      seconds: Math.round(seconds * 1000) / 1000,
      rows: this.byKey.size,
      files: ["rows.jsonl", "rows.parquet"].filter((file) => existsSync(join(this.directory, file))),
    };
    this.inOwnFolder(() => writeManifest(this.directory, this.manifest));
    this.writtenAt = performance.now();
  }
}
