/** Names for the kinds of runs of a sweep: what tells one from another, and how it is said. */
import type { TrainingCell, TrainingConfig } from "../experiments";
import { sumOf } from "../util";
import { precisionStyle, type SeriesStyle, seriesStyle, variantStyle } from "./palette";
import { counted } from "./vocabulary";

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
 * @param without columns that are shown in another way, as on an axis
 */
export function kinds(all: readonly Kind[], without: readonly Column[] = []) {
  const differing = (columns: readonly Column[]) =>
    new Set(all.map((one) => columns.map((column) => one[column]).join())).size;
  // an optimizer with one rate of its own says which
  const said: Column[] = differing(["optimizer", "learningRate"]) === differing(["optimizer"]) ? ["learningRate"] : [];
  const varying = COLUMNS.filter((column) => ![...without, ...said].includes(column) && differing([column]) > 1);
  const labelOf = (one: Kind) => varying.map((column) => WORDS[column](one)).join(", ");
  return { labelOf, styleOf: stylesOf(all, varying) };
}

/** A look for each kind: where precisions differ theirs, in one variant for each of what else differs. */
function stylesOf(all: readonly Kind[], varying: readonly Column[]): (one: Kind) => SeriesStyle {
  const others = varying.filter((column) => column !== "precision");
  const keyOf = (one: Kind) => others.map((column) => one[column]).join();
  const keys = [...new Set(all.map(keyOf))];
  return (one) => {
    const index = keys.indexOf(keyOf(one));
    return varying.includes("precision") ? variantStyle(one.precision, index) : seriesStyle(index);
  };
}

/** Whether published numbers (32 bits, `overwrite`) are shown at a kind of run: at those, or where a sweep has no such runs. */
export function isPublishedKind(
  { precision, chainRule }: Pick<TrainingCell, "precision" | "chainRule">,
  { precisions, chainRules }: TrainingConfig,
): boolean {
  const rule = chainRules.includes("overwrite") ? "overwrite" : chainRules[0];
  return precision === (precisions.includes(32) ? 32 : precisions[0]) && chainRule === rule;
}

/** "3 runs of each kind. Of 18 runs 17 finished and 1 diverged.": all that were asked for. */
export function outcomesText(cells: readonly TrainingCell[], { runs }: TrainingConfig): string {
  const [all, finished, diverged] = [
    sumOf(cells, (c) => c.runs),
    sumOf(cells, (c) => c.finished),
    sumOf(cells, (c) => c.diverged),
  ];
  const missing = all - finished - diverged;
  return `${counted(runs, "run")} of each kind. Of ${counted(all, "run")} ${finished} finished and ${diverged} diverged${missing > 0 ? `; ${missing} are not done` : ""}.`;
}
