/** How kinds of runs of a sweep look: alike where they are alike in something. */
import type { TrainingCell } from "../experiments";
import { type SeriesStyle, seriesStyle, symbolCount, variantStyle } from "./palette";

/** What tells a kind of run from another: in a row of a training, or a cell of its summary. */
export type Kind = Pick<
  TrainingCell,
  "batchNorm" | "dropout" | "optimizer" | "learningRate" | "precision" | "chainRule" | "value"
>;
export type Column = keyof Kind;

interface Looks {
  readonly styleOf: (one: Kind) => SeriesStyle;
  /** The first kind with each value of ReLU'(0), which has its colour, and the first with each of what else differs, which has its marker. */
  readonly keys?: { readonly values: readonly Kind[]; readonly others: readonly Kind[] };
}

/**
 * A look for each kind. Where precisions differ, each has its own colour and marker, and dashes tell what else differs. Otherwise
 * the colour and the dash say the value of ReLU'(0), and the marker what else differs.
 */
export function looksOf(all: readonly Kind[], varying: readonly Column[]): Looks {
  const keyOfValue = keyOf(["value"]);
  const keyOfOthers = keyOf(varying.filter((column) => column !== "value"));
  const [values, others] = [firsts(all, keyOfValue), firsts(all, keyOfOthers)];
  const isCrossed = !varying.includes("precision") && values.length > 1 && others.length > 1;
  if (!varying.includes("value") || !isCrossed || others.length > symbolCount)
    return { styleOf: inOneRow(all, varying) };
  const styleOf = (one: Kind) => ({
    ...seriesStyle(indexIn(values, keyOfValue, one)),
    symbol: seriesStyle(indexIn(others, keyOfOthers, one)).symbol,
  });
  return { styleOf, keys: { values, others } };
}

/** One style after another, or one variant of the precision's own. */
function inOneRow(all: readonly Kind[], varying: readonly Column[]): (one: Kind) => SeriesStyle {
  const keyOfOthers = keyOf(varying.filter((column) => column !== "precision"));
  const others = firsts(all, keyOfOthers);
  return (one) => {
    const index = indexIn(others, keyOfOthers, one);
    return varying.includes("precision") ? variantStyle(one.precision, index) : seriesStyle(index);
  };
}

type KeyOf = (one: Kind) => string;

const keyOf =
  (columns: readonly Column[]): KeyOf =>
  (one) =>
    columns.map((column) => one[column]).join();

/** The first kind of each key, in the order in which they appear. */
const firsts = (all: readonly Kind[], of: KeyOf): Kind[] =>
  all.filter((one, i) => all.findIndex((other) => of(other) === of(one)) === i);

const indexIn = (some: readonly Kind[], of: KeyOf, one: Kind): number =>
  some.findIndex((other) => of(other) === of(one));
