import type { z } from "zod";
import type { FormatName } from "../formats";
import type { Progress, Row, RowSchema, RunStore } from "../runs";

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
export interface RunContext<R extends Row = Row> extends DataContext {
  /** Open run folder: the rows that exist already, and where new ones go. */
  readonly store: RunStore<R>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Worker processes; results never depend on it. */
  readonly workers: number;
  /** Seconds between checkpoints of unfinished work; default 10. */
  readonly checkpointSeconds?: number;
  /** The keys of the units that are done here; default: all. */
  readonly share?: Share;
}

/** The keys of some of a run's units. */
export type Share = ReadonlySet<string>;

/** A part of a run that is not divided further; its rows depend on no other part. */
export interface Unit {
  readonly key: string;
  /** What it costs, relative to the other units of the run. */
  readonly cost: number;
}

/** What there is to plan with: where data is looked for, and the rows that exist already. */
export interface PlanContext<R extends Row = Row> extends DataContext, Pick<RunContext, "workers" | "share"> {
  readonly rows: readonly R[];
}

/** Runs that differ only in their randomness. */
export interface PlannedRuns {
  readonly name: string;
  /** Format of the arithmetic. */
  readonly format: FormatName;
  /** How many of them there are, and how many are done. */
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

/**
 * One folder beside this file is one experiment, with one line in index.ts.
 * @typeParam C its configuration; S its summary; R its rows
 */
export interface Experiment<C extends object = object, S = unknown, R extends Row = Row> {
  readonly name: string;
  readonly title: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** Section of the paper. */
  readonly source: string;
  /** Every key with its default, its rule and its description. */
  readonly schema: z.ZodType<C>;
  readonly presets: Readonly<Record<Preset, Partial<C>>>;
  /** Turns what a user writes into what is run and hashed (`auto` becomes an available dataset or engine). */
  resolve(config: C, context: DataContext): Promise<C>;
  /** What a run of the resolved configuration would compute; nothing is computed. */
  plan(config: C, context: PlanContext<R>): Promise<Plan>;
  /** What a run of the resolved configuration can be divided into, in the order of the undivided run; nothing is computed. */
  units(config: C, context: DataContext): Promise<readonly Unit[]>;
  /** The columns of its rows, and what follows from them. */
  readonly rows: RowSchema<R>;
  /** The rows that are of no run that the configuration asks for. */
  stray(rows: readonly R[], config: C): readonly R[];
  /** Does what is not yet in the store. */
  run(config: C, context: RunContext<R>): Promise<void>;
  /** A pure function of the rows. */
  summarize(rows: readonly R[], config: C): S;
}
