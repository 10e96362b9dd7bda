/** What a part of the GPU's benchmark is, what it gets, and the rows it gives. */
import type { FormatName } from "nonsmooth";
import type { Spread } from "../statistics";
import type { Partner } from "./partner";

/** One file in parts/ is one part, with one line in index.ts. */
export interface Part<R extends Row = Row> {
  readonly name: string;
  /** Above its table: what was measured, and how. */
  readonly title: string;
  readonly columns: readonly Column<R>[];
  /** Of the time, beside the other parts' shares; what a part does not use goes to those behind it. */
  readonly share: number;
  /** The only engine that it measures; default: every engine. */
  readonly only?: string;
  /** Adds its rows one by one, so that a run that ends early keeps those that are there. */
  run(setting: Setting, add: (row: R) => void): Promise<void>;
}

export interface Column<R extends Row> {
  readonly head: string;
  readonly cell: (row: R) => string;
}

/** Numbers under names, as the file of results has them. */
export interface Row {
  readonly what: string;
  readonly engine: string;
  /** Why numbers are missing. */
  readonly missing?: string;
}

/** How often something is done in a second, beside a peer's. */
export interface TimedRow extends Row {
  readonly unit: Unit;
  readonly ours?: Spread;
  /** What the peer is, in its fastest form. */
  readonly peer?: string;
  readonly theirs?: Spread;
  /** Our rate over theirs, round by round. */
  readonly ratio?: Spread;
  /** What the peer told of itself: the times of its forms, and why some are missing. */
  readonly told?: Facts;
}

export type Unit = "images/s" | "network steps/s" | "initialisations/s";

export interface Setting {
  readonly rounds: number;
  /** How long one measurement goes on, without its warm-up. */
  readonly seconds: number;
  /** Tiny sizes, to try the programs. */
  readonly small: boolean;
  /** The engine that is measured, and in which formats it computes here. */
  readonly engines: ReadonlyMap<string, readonly FormatName[]>;
  /** A Python with PyTorch, and where that computes; undefined where there is none. */
  readonly torch: TorchPeer | undefined;
  /** Where datasets are looked for first. */
  readonly data: string | undefined;
  /** For files that the measured processes read; removed at the end. */
  readonly folder: string;
  readonly cores: number;
  /** Seconds until the part's time is used up. */
  left(): number;
  /** A process of ours that computes `kind`. */
  ours(kind: string): Partner;
  /** A program of bench/peers, where there is PyTorch. */
  theirs(name: string): Partner | undefined;
  note(line: string): void;
}

export interface TorchPeer {
  readonly program: string;
  readonly device: "cpu" | "cuda";
  readonly torch: string;
  /** Name of the device, as PyTorch has it. */
  readonly name: string;
  readonly cuda: string | null;
  readonly cudnn: number | null;
}

/** What a process is asked for: things are prepared, then measured as often as one likes. */
export type Question = { readonly prepare: object } | { readonly measure: number };

/** What a process that was asked to prepare something tells of it. */
export interface Facts {
  /** Of the first steps, where there are any. */
  readonly losses?: readonly number[];
  /** The form that was taken, where there is a choice. */
  readonly form?: string;
}

export interface Rate {
  /** How often in a second. */
  readonly rate: number;
}

/** What a process holds between questions. */
export interface Prepared<F extends object = Facts> {
  readonly facts: F;
  /** Does it for so many seconds. */
  measure?(seconds: number): Promise<Rate>;
  dispose(): Promise<void>;
}
