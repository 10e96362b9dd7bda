/** Columns that experiments have in common. */
import { isPrecisionId, isUniformId, type PrecisionId, precisionIds, type UniformId, uniformIds } from "../../formats";
import { chainRules } from "../../ops";
import { type Cell, type Column, integer, oneOf, orNull, text } from "../../runs";

export const dataset = text("the dataset's name");
export const label = orNull(text("what figures call the dataset; null: its own name"));

/** One of some precisions, or a format by its numbers of bits. */
const precisionAmong = <T extends PrecisionId>(
  ids: readonly (number | string)[],
  is: (cell: unknown) => cell is T,
  meaning: string,
): Column<T> => ({
  ...oneOf(ids, meaning),
  rule: `one of ${ids.join(", ")}, or a format such as e8p12`,
  holds: (cell: Cell): cell is T => is(cell),
});

export const uniformPrecision: Column<UniformId> = precisionAmong(
  uniformIds,
  isUniformId,
  "precision of all arithmetic",
);
export const precision: Column<PrecisionId> = precisionAmong(
  precisionIds,
  isPrecisionId,
  "precision of the arithmetic",
);
export const chainRule = oneOf(
  chainRules,
  "what happens to the incoming gradient at a kink: multiply, the derivative as defined; overwrite, the released code of 2021",
);
export const trial = integer("number of the run, from 0; runs with the same number start from the same network");
export const reason = orNull(text("why the run ended early; null: it did not"));
