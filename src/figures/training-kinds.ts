/** Names for the kinds of runs of a sweep: what tells one from another, and how it is said. */
import type { TrainingCell, TrainingConfig } from "../experiments";
import { precisionStyle } from "./palette";

const COLUMNS: Readonly<Record<string, (value: unknown) => string>> = {
  batchNorm: (value) => (value ? "batch-norm" : "no batch-norm"),
  dropout: (value) => `dropout ${value}`,
  optimizer: (value) => String(value),
  learningRate: (value) => `rate ${value}`,
  precision: (value) => precisionStyle(value as number).label,
  chainRule: (value) => String(value),
  value: (value) => `ReLU'(0) = ${value}`,
};

/** A row of a training, or a cell of its summary. */
type Kind = object;

const cellOf = (of: Kind, column: string): unknown => (of as Readonly<Record<string, unknown>>)[column];

/**
 * The columns in which rows or cells differ, and a label made of them: "no batch-norm, 16 bits".
 * @param without columns that are shown otherwise, as on an axis
 */
export function kinds(all: readonly Kind[], without: readonly string[] = []) {
  const differing = (columns: readonly string[]) =>
    new Set(all.map((one) => columns.map((column) => cellOf(one, column)).join())).size;
  // an optimizer with one rate of its own says which
  const said = differing(["optimizer", "learningRate"]) === differing(["optimizer"]) ? ["learningRate"] : [];
  const varying = Object.keys(COLUMNS).filter(
    (column) => ![...without, ...said].includes(column) && differing([column]) > 1,
  );
  const labelOf = (one: Kind) => varying.map((column) => COLUMNS[column]!(cellOf(one, column))).join(", ");
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
