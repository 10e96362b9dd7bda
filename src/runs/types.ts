/** A cell of a table as it is stored in rows.jsonl. NaN and infinities are written as the strings "NaN", "Infinity", "-Infinity". */
export type Cell = string | number | boolean | null | readonly Cell[];
export type Row = Readonly<Record<string, Cell>>;

/** JSON-serialisable configuration of an experiment. */
export type Config = Readonly<Record<string, unknown>>;

/** How far a run is. `done` counts what was found finished on disk, too. */
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

/** What else a row can be traced to: `engine`, `adapter`, `threads`, `datasets` (their files with bytes and SHA-256) … */
export type Environment = Readonly<Record<string, unknown>>;

/** The run's title page, `manifest.json`: everything about a run that is not a row, times included. */
export interface Manifest {
  /** Layout of the folder; absent in those from before it was counted, which have the first. */
  readonly version?: number;
  readonly experiment: string;
  readonly config: Config;
  /** The preset that the configuration was made from, whatever was changed in it; absent where none was named or recorded. */
  readonly preset?: string;
  /** SHA-256 of the canonical JSON of `{experiment, config}`, in hex. The folder is called by its first 12 digits. */
  readonly hash: string;
  readonly status: RunStatus;
  /** Why a run was interrupted or failed. */
  readonly reason?: string;
  /** Code, machine and versions of the latest session. */
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** How often work on this run was begun. */
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
export interface RunStore {
  /** The run's own folder, `<runs>/<experiment>/<first 12 digits of the hash>`. */
  readonly directory: string;
  readonly hash: string;
  /** The rows so far, those of earlier sessions first. */
  readonly rows: readonly Row[];
  /** What opening the folder had to say: "dropped a torn last line". */
  readonly notes: readonly string[];
  /** Whether a row with this key is there. */
  has(key: string): boolean;
  /** Writes one row, at once. Rows hold no times: equal configurations give equal bytes. A second row with a key is an error. */
  append(row: Row): void;
  /** Adds facts to the manifest's `environment`. */
  record(facts: Environment): void;
  /**
   * Sorts the rows, rewrites rows.jsonl, writes rows.parquet and the summary (a value, or a function of the sorted rows), marks
   * the run done and closes the folder.
   */
  finish(options: { order: (a: Row, b: Row) => number; summary?: unknown }): Promise<Manifest>;
  /** Closes the folder of an unfinished run; does nothing after `finish`. */
  stop(status: "interrupted" | "failed", reason?: string): void;
}
