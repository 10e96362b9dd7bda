/** What the columns of an experiment's rows mean. */
import type { Experiment } from "../experiments";

/** A column of an experiment's rows. */
export interface ColumnRow {
  readonly column: string;
  /** What a cell is: "a whole number, or null". In the row of a run that broke off, what the run should have found is null. */
  readonly holds: string;
  readonly unit: string | null;
  readonly meaning: string;
}

/**
 * A row for each column, in their order.
 *
 * @example
 * ```ts
 * import { bifurcationFrequency, columnsTable } from "nonsmooth";
 *
 * console.log(columnsTable(bifurcationFrequency).find(({ column }) => column === "hits")); // {
 * //   column: 'hits',
 * //   holds: 'a whole number',
 * //   unit: 'zeros',
 * //   meaning: 'exact zeros among the pre-activations'
 * // }
 * ```
 */
export const columnsTable = ({ rows }: Pick<Experiment, "rows">): ColumnRow[] =>
  Object.entries(rows.columns).map(([column, { rule: holds, unit = null, meaning }]) => ({
    column,
    holds,
    unit,
    meaning,
  }));
