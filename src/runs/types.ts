import type { Shard } from "./shard";

/** A cell of a table as it is stored in rows.jsonl. NaN and infinities are written as the strings "NaN", "Infinity", "-Infinity". */
export type Cell = string | number | boolean | null | readonly Cell[];
export type Row = Readonly<Record<string, Cell>>;

/**
 * What a column's cells have in common; `empty` while there are only nulls, `mixed` if nothing. Integers are all whole and
 * below 2^53, and none is -0, so 64-bit integers hold them exactly.
 */
export type Kind = "empty" | "integer" | "number" | "string" | "boolean" | "mixed" | { readonly list: Kind };

/** JSON-serialisable configuration of an experiment. */
export type Config = Readonly<Record<string, unknown>>;

/** How far a run has come. `done` also counts what was found finished on disk. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What one unit is: "runs", "steps". */
  readonly unit: string;
  /** Seconds left, as estimated from the units finished in this session; undefined while unknown. */
  readonly secondsLeft?: number;
  /** Where we are: "f32, 3 × 256, batch 256". */
  readonly label?: string;
}

export type RunStatus = "running" | "done" | "interrupted" | "failed";

/** What a manifest says about images. */
export interface DatasetFacts {
  readonly name?: string;
  readonly description?: string;
  /** Images. */
  readonly count?: number;
  readonly split?: string;
  /** Files with bytes and SHA-256. */
  readonly files?: unknown;
}

/** What else a row can be traced to. */
export interface Environment {
  readonly engine?: string;
  /** What the engine said about itself: its device, its driver. */
  readonly engineSettings?: unknown;
  /** The same of earlier sessions that had others, with the rows that were there when they changed. */
  readonly earlierEngineSettings?: readonly { readonly rows: number; readonly settings: unknown }[];
  /** The images that were computed on, and those that trained networks were judged by. */
  readonly dataset?: DatasetFacts;
  readonly test?: DatasetFacts;
  readonly validation?: DatasetFacts;
  /** Files of an image folder that were skipped as broken. */
  readonly skippedFiles?: readonly string[];
  readonly [fact: string]: unknown;
}

/** Code of an earlier session. */
export interface EarlierCode {
  /** Rows that were there when other code continued: the first ones, including those of still earlier code. */
  readonly rows: number;
  /** null: not recorded. */
  readonly commit: string | null;
  /** Whether it had uncommitted changes; null: not recorded. */
  readonly dirty: boolean | null;
}

/** The run's title page, `manifest.json`: everything about a run that is not a row, times included. */
export interface Manifest {
  /** Layout of the folder; absent in manifests from before it was numbered, which have the first. */
  readonly version?: number;
  readonly experiment: string;
  readonly config: Config;
  /** The preset that the configuration was made from, whatever was changed in it; absent where none was named or recorded. */
  readonly preset?: string;
  /** SHA-256 of the canonical JSON of `{experiment, config}`, in hex. The folder is named after its first 12 digits. */
  readonly hash: string;
  /** Which part of the run this is; absent where it is not divided. */
  readonly shard?: Shard;
  readonly status: RunStatus;
  /** Why a run was interrupted or failed. */
  readonly reason?: string;
  /** Code, machine and versions of the latest session that made rows. */
  readonly provenance: Readonly<Record<string, unknown>> & Partial<Pick<EarlierCode, "commit" | "dirty">>;
  /** Where other code made the first rows: session by session, without the latest. */
  readonly earlierCode?: readonly EarlierCode[];
  readonly environment: Environment;
  /** How often work on this run was started. */
  readonly sessions: number;
  /** Start of the first session and end of the latest, ISO 8601. */
  readonly started: string;
  readonly finished?: string;
  /** Wall-clock seconds, summed over the sessions. */
  readonly seconds: number;
  readonly rows: number;
  readonly files: readonly string[];
  /** What happened to the folder: a torn line dropped, rows removed, another commit. */
  readonly notes: readonly string[];
  readonly summary?: unknown;
}

/** An open run folder. One writer at a time; close it with `finish` or `stop`. */
export interface RunStore<R extends Row = Row> {
  /** The run's own folder, `<runs>/<experiment>/<first 12 digits of the hash>`. */
  readonly directory: string;
  readonly hash: string;
  /** The rows so far, those of earlier sessions first. */
  readonly rows: readonly R[];
  /** Of a shard: the folders of other parts of the run whose rows are among these. */
  readonly otherFolders?: readonly string[];
  /** What opening the folder had to say: "dropped a torn last line". */
  readonly notes: readonly string[];
  /** Whether a row with this key is there. */
  has(key: string): boolean;
  /** Writes one row, at once. Rows hold no times: equal configurations give equal bytes. A second row with a key is an error. */
  append(row: R): void;
  /** Leaves word, in progress.json, for whoever follows the run from another process. */
  report(progress: Progress): void;
  /** Adds facts to the manifest's `environment`. */
  record(facts: Environment): void;
  /**
   * Sorts the rows, rewrites rows.jsonl, writes rows.parquet and the summary (a value, or a function of the sorted rows), marks
   * the run done and closes the folder.
   */
  finish(options?: { summary?: unknown | ((rows: readonly R[]) => unknown) }): Promise<Manifest>;
  /** Closes the folder of an unfinished run; does nothing after `finish`. */
  stop(status: "interrupted" | "failed", reason?: string): void;
}
