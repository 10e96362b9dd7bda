/** What the server of `nonsmooth explore` tells its page. Numbers are as rows.jsonl has them: "NaN", "Infinity", -0.0. */
import type { CellDifference, ColumnDifference, Manifest, Row, RunStatus } from "../runs";

/** A numeric column of a run in four numbers, over its cells that are finite numbers. */
export interface ColumnNumbers {
  readonly count: number;
  /** In the order of the rows. */
  readonly last: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** One run of the list. */
export interface RunLine {
  /** `<experiment>/<hash>` */
  readonly id: string;
  readonly experiment: string;
  readonly run: string;
  readonly status: RunStatus | "broken";
  /** Of a run that goes on: how much of it is done, from 0 to 1. */
  readonly done?: number;
  /** Why the run is broken. */
  readonly problem?: string;
  readonly preset?: string;
  readonly dataset?: string;
  readonly rows: number;
  /** When a file of the run changed last, ISO 8601. */
  readonly updated?: string;
  /** Wall-clock seconds of work. */
  readonly seconds?: number;
  /** The configuration, nested keys dotted. */
  readonly config: Row;
  /** By column, those that tell rows apart left out; absent until the rows have been read. */
  readonly numbers?: Readonly<Record<string, ColumnNumbers>>;
  /** Changes with the files of the run. */
  readonly stamp: string;
}

/** `/api/runs` */
export interface RunsAnswer {
  readonly folder: string;
  readonly runs: readonly RunLine[];
  /** Runs whose rows were only counted so far: the next answer has more of them. */
  readonly unread: number;
}

/** `/api/run?id=` */
export interface RunAnswer {
  readonly line: RunLine;
  readonly manifest?: Manifest;
  /** What the experiment says about its columns; empty for an experiment that is not the library's. */
  readonly columns: readonly { readonly name: string; readonly meaning: string; readonly unit?: string }[];
  /** The columns that tell rows apart; empty where that is not known. */
  readonly key: readonly string[];
}

/** `/api/rows?id=&from=&of=` */
export interface RowsAnswer {
  /** Changes when the file was written anew: then `from` is 0, whatever was asked for. */
  readonly file: string;
  readonly from: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

/** A key in which runs differ, with its cell in each. */
export interface DifferingKey {
  readonly key: string;
  readonly cells: readonly Row[string][];
}

/** `/api/compare?ids=,` */
export interface CompareAnswer {
  readonly ids: readonly string[];
  readonly config: readonly DifferingKey[];
  readonly environment: readonly DifferingKey[];
  /** The numbers of every numeric column, in the order of the runs; null where a run has none. */
  readonly results: readonly { readonly column: string; readonly of: readonly (ColumnNumbers | null)[] }[];
  /** Row by row, of exactly two runs of one experiment of the library. */
  readonly rows?: {
    readonly inBoth: number;
    readonly equal: number;
    readonly onlyA: number;
    readonly onlyB: number;
    readonly columns: readonly ColumnDifference[];
    /** The first cells that differ. */
    readonly cells: readonly CellDifference[];
  };
}

/** How a series looks. */
export interface Look {
  readonly color: string;
  readonly symbol: string;
  readonly dash: string;
}

/** `/api/looks`: the colours and markers of the library's figures. */
export interface LooksAnswer {
  /** Of series 0, 1, 2 … */
  readonly series: readonly Look[];
  /** By precision: "16", "bf16". */
  readonly precisions: Readonly<Record<string, Look>>;
  /** What a colour becomes on a dark ground. */
  readonly dark: Readonly<Record<string, string>>;
}
