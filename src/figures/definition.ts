import type { Experiment } from "../experiments";
import type { Manifest, Row } from "../runs";
import { sumOf } from "../util";
import type { Figure } from "./types";

/** What a figure is drawn from: the rows of a run, its configuration and its manifest. */
export interface RunRecord<C extends object = object, R extends Row = Row> {
  readonly rows: readonly R[];
  readonly config: C;
  readonly manifest: Partial<Pick<Manifest, "environment">>;
}

/** The run that drew a figure, as far as it was then: figures/<name>.json names it. */
export interface DrawnFrom extends Pick<Manifest, "experiment" | "hash" | "rows"> {
  /** Further runs that it shows, if any. */
  readonly beside?: readonly DrawnFrom[];
}

/** The rows of all runs that a figure shows. */
export const rowsOf = ({ rows, beside = [] }: DrawnFrom): number => rows + sumOf(beside, rowsOf);

/** One file in this folder is one figure, with one line in index.ts. */
export interface FigureDefinition<C extends object = object, R extends Row = Row> {
  readonly name: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** The experiment whose rows it shows. */
  readonly experiment: Experiment<C, unknown, R>;
  /** Settings of the part of the experiment that it shows, for a preset; default: the preset's own. */
  part?(preset: string): Partial<C>;
  /** A pure function of a run of that experiment. */
  draw(run: RunRecord<C, R>): Figure;
}
