/** Names for the kinds of runs of a sweep: what tells one from another, and how it is said. */
import type { TrainingCell, TrainingConfig } from "../experiments";
import { networkTitle } from "../nn";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { precisionStyle } from "./palette";
import { type Column, type Kind, looksOf } from "./training-looks";
import { counted, datasetOf, networkText, whole } from "./vocabulary";

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
 * The columns in which rows or cells differ, and labels made of them: "no batch-norm, 16 bits".
 * @param without columns that are shown in another way, as on an axis
 */
export function kinds(all: readonly Kind[], without: readonly Column[] = []) {
  const differing = (columns: readonly Column[]) =>
    new Set(all.map((one) => columns.map((column) => one[column]).join())).size;
  // an optimizer with one rate of its own says which
  const said: Column[] = differing(["optimizer", "learningRate"]) === differing(["optimizer"]) ? ["learningRate"] : [];
  const varying = COLUMNS.filter((column) => ![...without, ...said].includes(column) && differing([column]) > 1);
  const labelled = (...hidden: readonly Column[]) => {
    const shown = varying.filter((column) => !hidden.includes(column));
    return (one: Kind) => shown.map((column) => WORDS[column](one)).join(", ");
  };
  const { styleOf, keys } = looksOf(all, varying);
  return {
    labelOf: labelled(),
    /** Of published numbers, which are all of one precision and one chain rule. */
    publishedLabelOf: labelled("precision", "chainRule"),
    styleOf,
    /** Where the colour says one thing and the marker another: what each of them means. */
    keys: keys && {
      colors: keys.values.map((one) => ({ label: WORDS.value(one), style: styleOf(one) })),
      symbols: keys.others.map((one) => ({ label: labelled("value")(one), style: styleOf(one) })),
    },
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

/** "MNIST, the first 3,000 images", "CIFAR-10, JPEG copy, 3,000 training images": what is trained on, its size said once. */
export function trainingData(manifest: RunRecord["manifest"], config: TrainingConfig): string {
  const name = config.label ?? datasetOf(manifest, config);
  const count = manifest.environment?.dataset?.count;
  const isSaid = count === undefined || name.includes(`${whole(count)} images`);
  return isSaid ? name : `${name}, ${whole(count)} training images`;
}

/** "Network: VGG11 without batch-norm, widths 16, 32, 64, 64, 64." */
export const networkSentence = (config: TrainingConfig): string =>
  `Network: ${networkText(config)}, ${config.widths ? `widths ${config.widths.join(", ")}` : "full width"}.`;

/** "3 runs per setting. Of 18 runs, 17 finished and 1 diverged.": all that were asked for. */
export function outcomesText(cells: readonly TrainingCell[], { runs }: TrainingConfig): string {
  const [all, finished, diverged] = [
    sumOf(cells, (c) => c.runs),
    sumOf(cells, (c) => c.finished),
    sumOf(cells, (c) => c.diverged),
  ];
  const missing = all - finished - diverged;
  return `${counted(runs, "run")} per setting. Of ${counted(all, "run")}, ${finished} finished and ${diverged} diverged${missing > 0 ? `; ${missing} are not done` : ""}.`;
}

/** "Does ReLU'(0) matter for training? Narrow ResNet18, epoch by epoch": what a sweep asks, of which network. */
export function trainingTitle(config: TrainingConfig, how: string): string {
  const width = config.widths === null ? "Full-width" : "Narrow";
  return `${questionOf(config)} ${width} ${networkTitle(config.network)}, ${how}`;
}

function questionOf({ chainRules, dropout, batchNorm, optimizers, values }: TrainingConfig): string {
  if (chainRules.length > 1) return "Multiply or overwrite?";
  if (dropout.length > 1) return "Does dropout make ReLU'(0) matter?";
  if (batchNorm.length > 1 || optimizers.length > 1) return "Do batch-norm and Adam buffer ReLU'(0)?";
  return values.length > 1 ? "Does ReLU'(0) matter for training?" : "How does training go?";
}
