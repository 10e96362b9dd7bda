import type { z } from "zod";
import type { FormatName } from "../formats";
import type { ColumnKinds, Progress, Row, RunStore } from "../runs";

export type Preset = "smoke" | "laptop" | "paper";

/** Where data comes from, and who hears of it. */
export interface DataContext {
  /** Where datasets are looked for, before the default places. */
  readonly dataDirectory?: string;
  /** Whether the datasets `auto` and `auto-colour` may be downloaded; default true. */
  readonly download?: boolean;
  readonly log: (line: string) => void;
}

/** What an experiment gets from whoever runs it: the command line, a notebook, a test. */
export interface RunContext extends DataContext {
  /** Open run folder: the rows that exist already, and where new ones go. */
  readonly store: RunStore;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Worker processes; results never depend on it. */
  readonly workers: number;
  /** Seconds between checkpoints of work under way; default 10. */
  readonly checkpointSeconds?: number;
}

/** What there is to plan with: where data is looked for, and the rows that exist already. */
export interface PlanContext extends DataContext, Pick<RunContext, "workers"> {
  readonly rows: readonly Row[];
}

/** Runs that differ in their randomness only. */
export interface PlannedRuns {
  readonly name: string;
  /** Format of the arithmetic. */
  readonly format: FormatName;
  /** How many of them there are, and how many are over. */
  readonly runs: number;
  readonly done: number;
  /** Floating-point operations of all of them, and how many of those are done: matrix products and convolutions only. */
  readonly flop: number;
  readonly flopDone: number;
}

export interface Plan {
  readonly runs: readonly PlannedRuns[];
  /** Threads or processes that compute at a time. */
  readonly threads: number;
}

/** One file in this folder is one experiment, with one line in index.ts. */
export interface Experiment<C extends object = object, S = unknown> {
  readonly name: string;
  readonly title: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** Section of the paper. */
  readonly source: string;
  /** Every key with its default, its rule and its description. */
  readonly schema: z.ZodType<C>;
  readonly presets: Readonly<Record<Preset, Partial<C>>>;
  /** Turns what a user writes into what is run and hashed (`auto` becomes a dataset that is there, an engine that is). */
  resolve(config: C, context: DataContext): Promise<C>;
  /** What a run of the resolved configuration would compute; nothing is computed. */
  plan(config: C, context: PlanContext): Promise<Plan>;
  /** Kinds of the columns that may be null in every row of a run, so that its files have the types of other runs' files. */
  readonly columns?: ColumnKinds;
  /** What tells a row from all others of the run. */
  key(row: Row): string;
  /** Does what the store does not hold yet, a row a unit. */
  run(config: C, context: RunContext): Promise<void>;
  /** Canonical order of the rows, so that a finished file has the same bytes however it came about. */
  order(a: Row, b: Row): number;
  /** A pure function of the rows. */
  summarize(rows: readonly Row[], config: C): S;
}
