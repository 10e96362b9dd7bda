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
