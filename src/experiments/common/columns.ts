/** Columns that experiments have in common. */
import { precisionIds, uniformIds } from "../../formats";
import { chainRules } from "../../ops";
import { integer, oneOf, orNull, text } from "../../runs";

export const dataset = text("the dataset's name");
export const label = orNull(text("what figures call the dataset; null: its own name"));
export const uniformPrecision = oneOf(uniformIds, "precision of all arithmetic");
export const precision = oneOf(precisionIds, "precision of the arithmetic");
export const chainRule = oneOf(
  chainRules,
  "what happens to the incoming gradient at a kink: multiply, the derivative as defined; overwrite, the released code of 2021",
);
export const trial = integer("number of the run, from 0; runs with the same number start from the same network");
export const reason = orNull(text("why the run ended early; null: it did not"));
