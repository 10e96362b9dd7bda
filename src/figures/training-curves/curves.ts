/** The curves of a sweep: the runs of each kind, epoch by epoch; those that are equal in every number are one. */
import { type TrainingConfig, type TrainingRow, training } from "../../experiments";
import { groupBy, meanOf } from "../../util";
import { type SeriesStyle, seriesStyle } from "../palette";
import { type PublishedEpoch, published } from "../published";
import { isPublishedKind, kinds } from "../training-kinds";
import { listed } from "../vocabulary";

export type CurveColumn = "trainLoss" | "testAccuracy";

/** The mean of an epoch. */
export interface Point {
  readonly epoch: number;
  /** Runs with a number for this epoch, and whether others of them have diverged before. */
  readonly n: number;
  readonly fewer: boolean;
  readonly mean: number;
  /** As `meanOf` gives them; null for one run. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface Curve {
  readonly label: string;
  /** Of what was published of it. */
  readonly publishedLabel: string;
  readonly style: SeriesStyle;
  readonly rows: readonly TrainingRow[];
  /** What was published of the same kind of run, for the epochs that ours reach. */
  readonly theirs: readonly PublishedEpoch[];
}

/** An entry of the legend: one for a colour, or one for a marker. */
export interface Key {
  readonly label: string;
  readonly style: SeriesStyle;
}

export interface Curves {
  /** One for each kind of run. */
  readonly all: readonly Curve[];
  /** Those that are drawn: kinds of runs that are equal in every number are one curve. */
  readonly drawn: readonly Curve[];
  /** What colours and markers mean, where a name needs both. */
  readonly keys?: { readonly colors: readonly Key[]; readonly symbols: readonly Key[] };
}

/** The rows of each kind of run, named by what differs between the kinds. */
export function curvesOf(rows: readonly TrainingRow[], config: TrainingConfig): Curves {
  // in the order of the cells, as in the figure of final accuracies
  const { labelOf, publishedLabelOf, styleOf, keys } = kinds([...training.summarize(rows, config).cells, ...rows]);
  const labelled = (label: string, { value }: TrainingRow) => label || `ReLU'(0) = ${value}`;
  const groups = groupBy(rows, (row) => labelled(labelOf(row), row));
  const all = [...groups].map(([label, own]): Curve => {
    const [one] = own as [TrainingRow];
    const publishedLabel = labelled(publishedLabelOf(one), one);
    return { label, publishedLabel, style: styleOf(one), rows: own, theirs: publishedEpochs(one, config) };
  });
  const together = equalCurves(all, keys !== undefined);
  if (!keys) return { all, drawn: together.map(joined) };
  const colors = colorKeys(together, keys.colors);
  const drawn = together.map((some, i) => ({ ...joined(some), style: { ...some[0]!.style, ...lookOf(colors[i]!) } }));
  return {
    all,
    drawn,
    keys: { symbols: keys.symbols, colors: inLegend(colors, keys.colors) },
  };
}

const lookOf = ({ style: { color, dash } }: Key) => ({ color, dash });

/** Curves that are equal in every number, of runs that did not diverge; where markers say what a curve is, only those of one marker. */
function equalCurves(all: readonly Curve[], byMarker: boolean): Curve[][] {
  const groups = groupBy(all, ({ label, rows, style }) => {
    const own = rows.some(({ outcome }) => outcome === "diverged") ? label : "";
    return JSON.stringify([own, byMarker ? style.symbol : "", rows.map(numbersOf).sort()]);
  });
  return [...groups.values()];
}

const numbersOf = ({ trial, epoch, trainLoss, testAccuracy, outcome }: TrainingRow) =>
  [trial, epoch, trainLoss, testAccuracy, outcome].join();

function joined(some: readonly Curve[]): Curve {
  const [first] = some as [Curve];
  return some.length === 1 ? first : { ...first, label: `${jointLabel(some.map(({ label }) => label))}: equal` };
}

/** For each curve that is drawn: its colour, by the values of ReLU'(0) that are equal in it. */
function colorKeys(together: readonly (readonly Curve[])[], singles: readonly Key[]): Key[] {
  const sets = together.map((some) => some.map(({ style }) => singles.find((key) => key.style.color === style.color)!));
  const labels = sets.map((keys) =>
    keys.length === 1 ? keys[0]!.label : `${jointLabel(keys.map(({ label }) => label))}: equal`,
  );
  const joint = [...new Set(labels.filter((_, i) => sets[i]!.length > 1))];
  return labels.map((label, i) => {
    const own = sets[i]!;
    return own.length === 1 ? own[0]! : { label, style: seriesStyle(singles.length + joint.indexOf(label)) };
  });
}

/** Each that is used once: first the single values. */
const inLegend = (used: readonly Key[], singles: readonly Key[]): Key[] => [
  ...singles.filter((key) => used.includes(key)),
  ...new Map(used.filter((key) => !singles.includes(key)).map((key) => [key.label, key])).values(),
];

/** "64 bits, ReLU'(0) = 0 and 1" of "64 bits, ReLU'(0) = 0" and "64 bits, ReLU'(0) = 1"; all of them where they are no grid. */
export function jointLabel(labels: readonly string[]): string {
  const parts = labels.map((label) => label.split(", "));
  const choices = parts[0]!.map((_, i) => [...new Set(parts.map((part) => part[i]!))]);
  const isGrid = choices.reduce((count, some) => count * some.length, 1) === labels.length;
  return isGrid ? choices.map(oneOf).join(", ") : labels.join("; ");
}

const VALUE = /^(\S+ = |dropout |rate )/;

/** "ReLU'(0) = 0, 0.5 and 1", "multiply and overwrite" */
function oneOf(some: readonly string[]): string {
  const [start = ""] = VALUE.exec(some[0]!) ?? [];
  return `${start}${listed(some.map((one) => one.slice(start.length)))}`;
}

/** The published epochs of a kind of run; see `isPublishedKind`. */
function publishedEpochs(row: TrainingRow, config: TrainingConfig): PublishedEpoch[] {
  if (!isPublishedKind(row, config)) return [];
  const same = ["network", "optimizer", "dropout", "value"] as const;
  return published("training-curves").filter(
    (one) =>
      one.dataset === config.dataset &&
      one.batchNorm === row.batchNorm &&
      same.every((column) => one[column] === row[column]) &&
      one.epoch <= config.epochs,
  );
}

/** The mean over the runs that have a number for an epoch, and its ends. */
export function points(rows: readonly TrainingRow[], column: CurveColumn): Point[] {
  const epochs = [...new Set(rows.map((row) => row.epoch))].sort((a, b) => a - b);
  const diverged = rows.filter((row) => row.outcome === "diverged").map((row) => row.epoch);
  return epochs.flatMap((epoch) => {
    const values = rows.filter((row) => row.epoch === epoch).map((row) => row[column]);
    const { estimate, low, high, n } = meanOf(values.filter(Number.isFinite));
    const fewer = diverged.some((end) => end <= epoch);
    return estimate === null ? [] : [{ epoch, n, fewer, mean: estimate, low, high }];
  });
}

/** All numbers of a panel that are ours: means, and the ends beside them. */
export const endsOf = (curves: readonly Curve[], column: CurveColumn): number[] =>
  curves.flatMap(({ rows }) =>
    points(rows, column).flatMap(({ mean, low, high }) => [mean, low ?? mean, high ?? mean]),
  );

/** What was published beside these curves, in the epochs that ours reach. */
export const publishedOf = (curves: readonly Curve[], column: CurveColumn): number[] =>
  curves.flatMap(({ theirs }) => theirs.map((one) => one[column])).filter(Number.isFinite);
