import type { Experiment } from "../experiments";
import type { Manifest, Row } from "../runs";
import type { Figure } from "./types";

/** What a figure is drawn from: the rows of a run, its configuration and its manifest. */
export interface RunRecord<C extends object = object, R extends Row = Row> {
  readonly rows: readonly R[];
  readonly config: C;
  readonly manifest: Partial<Pick<Manifest, "environment">>;
}

/** The run that drew a figure, as far as it was then: figures/<name>.json names it. */
export type DrawnFrom = Pick<Manifest, "experiment" | "hash" | "rows">;

/** One file in this folder is one figure, with one line in index.ts. */
export interface FigureDefinition<C extends object = object, R extends Row = Row> {
  readonly name: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** The experiment whose rows it shows. */
  readonly experiment: Experiment<C, unknown, R>;
  /** A pure function of a run of that experiment. */
  draw(run: RunRecord<C, R>): Figure;
}
