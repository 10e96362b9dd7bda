import type { Config, Manifest, Row } from "../runs";
import type { Figure } from "./types";

/** What a figure is drawn from: the rows of a run, its configuration and its manifest. */
export interface RunRecord {
  readonly rows: readonly Row[];
  readonly config: Config;
  readonly manifest: { readonly environment?: Readonly<Record<string, unknown>> };
}

/** The run that drew a figure, as far as it was then: figures/<name>.json names it. */
export type DrawnFrom = Pick<Manifest, "experiment" | "hash" | "rows">;

/** One file in this folder is one figure, with one line in index.ts. */
export interface FigureDefinition {
  readonly name: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** The experiment whose rows it shows. */
  readonly experiment: string;
  /** A pure function of the run. */
  draw(run: RunRecord): Figure;
}
