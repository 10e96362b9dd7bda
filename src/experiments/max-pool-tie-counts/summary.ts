import type { UniformId } from "../../formats";
import type { Answered } from "../../runs";
import { groupBy, sumOf } from "../../util";
import type { MaxPoolTieCountsConfig } from "./config";
import type { MaxPoolTieCountsRow } from "./rows";

/** A max-pool in a precision, all initialisations together. */
export interface MaxPoolTieCountsCell {
  readonly precision: UniformId;
  /** From 1. */
  readonly layer: number;
  /** Initialisations. */
  readonly n: number;
  readonly windows: number;
  /** Predicted from f64, and counted: windows whose elements are all off. */
  readonly off: number;
  readonly tiedAtZero: number;
  /** Predicted from f64, equal maxima and further ties by rounding, and counted: tied windows whose maximum is not 0. */
  readonly same: number;
  readonly byRounding: number;
  readonly tiedElsewhere: number;
}

export type MaxPoolTieCountsSummary = readonly MaxPoolTieCountsCell[];

export function summarize(
  rows: readonly MaxPoolTieCountsRow[],
  { precisions }: MaxPoolTieCountsConfig,
): MaxPoolTieCountsSummary {
  const counted = rows.filter((row): row is Answered<MaxPoolTieCountsRow> => row.outcome !== "failed");
  return precisions.flatMap((precision) => {
    const layers = groupBy(
      counted.filter((row) => row.precision === precision),
      ({ layer }) => layer,
    );
    return [...layers]
      .sort(([a], [b]) => a - b)
      .map(([layer, some]) => {
        const total = (column: Exclude<keyof MaxPoolTieCountsCell, "precision" | "layer" | "n">) =>
          sumOf(some, (row) => row[column]);
        return {
          ...{ precision, layer, n: some.length, windows: total("windows") },
          ...{ off: total("off"), tiedAtZero: total("tiedAtZero") },
          ...{ same: total("same"), byRounding: total("byRounding"), tiedElsewhere: total("tiedElsewhere") },
        };
      });
  });
}
