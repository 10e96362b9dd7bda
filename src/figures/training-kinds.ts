/** Names for the kinds of runs of a sweep: what tells one from another, and how it is said. */
import type { TrainingCell, TrainingConfig } from "../experiments";
import { precisionStyle } from "./palette";

/** What tells a kind of run from another: in a row of a training, or a cell of its summary. */
type Kind = Pick<
  TrainingCell,
  "batchNorm" | "dropout" | "optimizer" | "learningRate" | "precision" | "chainRule" | "value"
>;
type Column = keyof Kind;

const WORDS: Readonly<Record<Column, (one: Kind) => string>> = {
  batchNorm: ({ batchNorm }) => (batchNorm ? "batch-norm" : "no batch-norm"),
  dropout: ({ dropout }) => `dropout ${dropout}`,
  optimizer: ({ optimizer }) => optimizer,
  learningRate: ({ learningRate }) => `rate ${learningRate}`,
  precision: ({ precision }) => precisionStyle(precision).label,
  chainRule: ({ chainRule }) => chainRule,
  value: ({ value }) => `ReLU'(0) = ${value}`,
};
const COLUMNS = Object.keys(WORDS) as Column[];

/**
 * The columns in which rows or cells differ, and a label made of them: "no batch-norm, 16 bits".
 * @param without columns that are shown otherwise, as on an axis
 */
export function kinds(all: readonly Kind[], without: readonly Column[] = []) {
  const differing = (columns: readonly Column[]) =>
    new Set(all.map((one) => columns.map((column) => one[column]).join())).size;
  // an optimizer with one rate of its own says which
  const said: Column[] = differing(["optimizer", "learningRate"]) === differing(["optimizer"]) ? ["learningRate"] : [];
  const varying = COLUMNS.filter((column) => ![...without, ...said].includes(column) && differing([column]) > 1);
  const labelOf = (one: Kind) => varying.map((column) => WORDS[column](one)).join(", ");
  return { varying, labelOf };
}

/** Whether published numbers (32 bits, `overwrite`) are shown at a kind of run: at those, or where a sweep has no such runs. */
export function isPublishedKind(
  { precision, chainRule }: Pick<TrainingCell, "precision" | "chainRule">,
  { precisions, chainRules }: TrainingConfig,
): boolean {
  const rule = chainRules.includes("overwrite") ? "overwrite" : chainRules[0];
  return precision === (precisions.includes(32) ? 32 : precisions[0]) && chainRule === rule;
}

/** "Runs of each kind: 3; finished 17, diverged 1 of 18": all that were asked for. */
export function outcomesText(cells: readonly TrainingCell[], { runs }: TrainingConfig): string {
  const total = (count: (cell: TrainingCell) => number) => cells.reduce((sum, cell) => sum + count(cell), 0);
  const [all, finished, diverged] = [total((c) => c.runs), total((c) => c.finished), total((c) => c.diverged)];
  const missing = all - finished - diverged;
  return `Runs of each kind: ${runs}; finished ${finished}, diverged ${diverged}${missing > 0 ? `, not done ${missing}` : ""} of ${all}`;
}
