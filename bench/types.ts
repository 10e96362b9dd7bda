/** What a benchmark is, what it gets, and what it gives back. */
import type { Python } from "./python";
import type { Spread } from "./statistics";

/** One file in this folder is one benchmark, with one line in index.ts. */
export interface Benchmark {
  readonly name: string;
  /** One sentence for `--help`. */
  readonly summary: string;
  run(setting: Setting): Promise<readonly Line[]>;
  /** What the time of ours is made of, as a table of its own. */
  breakdown?(setting: Setting): Promise<Breakdown>;
}

export interface Setting {
  /** How often everything is measured, in turns. */
  readonly rounds: number;
  /** How long one measurement goes on, without its warm-up. */
  readonly seconds: number;
  readonly cores: number;
  /** The first Python that has PyTorch; undefined where there is none. */
  readonly python: Python | undefined;
  /** Where datasets are looked for first. */
  readonly data: string | undefined;
  /** For files that the measured processes read; removed at the end. */
  readonly folder: string;
  /** Receives one line of progress. */
  readonly note: (line: string) => void;
}

/** How a number is read: less time and less memory are better, more operations a second are faster. */
export type Unit = "ms" | "MB" | "GFLOP/s";

/** One line of the table. */
export interface Line {
  readonly benchmark: string;
  /** What was measured: "f32, a mini-batch of 256". */
  readonly what: string;
  /** What it stands beside: "PyTorch". Absent for a measurement of its own. */
  readonly against?: string;
  readonly unit: Unit;
  readonly ours?: Spread;
  readonly theirs?: Spread;
  /** Our speed over theirs, round by round: above 1 is faster. */
  readonly ratio?: Spread;
  /** The ratio that is aimed at, at least. */
  readonly goal?: number;
  /** What ours is to stay below. */
  readonly limit?: number;
  /** Why there is nothing to compare with. */
  readonly missing?: string;
}

/** Percent of a whole, by row and column. */
export interface Breakdown {
  readonly benchmark: string;
  /** What is divided, and how it was measured. */
  readonly title: string;
  /** The head: of the rows' names, and of the numbers. */
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly percent: readonly (Spread | undefined)[] }[];
}
