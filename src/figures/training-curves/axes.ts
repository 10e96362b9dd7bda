/** The axes: long enough for all of our numbers, and for the published ones where these do not crush ours. */
import type { TrainingConfig, TrainingRow } from "../../experiments";
import type { Layout } from "../types";
import {
  accuracyAxis,
  accuracyRange,
  axesOf,
  chanceLine,
  chanceOf,
  isInReach,
  notDrawnNote,
  panelGrid,
  percent,
} from "../vocabulary";
import { type Curve, endsOf, publishedOf } from "./curves";
import { type CurvePanel, divergences } from "./traces";

const [left, right] = panelGrid([
  [0, 0.44],
  [0.56, 1],
]);
export const LOSS: CurvePanel = { ...left!, column: "trainLoss" };
export const ACCURACY: CurvePanel = { ...right!, column: "testAccuracy" };
export const PANELS = [LOSS, ACCURACY] as const;

const TICKS = [-4, -3, -2, -1, 0, 1, 2, 3].flatMap((k) => [1, 1.5, 2, 3, 5, 7].map((m) => Number(`${m}e${k}`)));

/** Whether losses have a logarithmic axis: not where they are so near to each other that no two ticks would fall between them. */
export function isLogarithmic(curves: readonly Curve[]): boolean {
  const ends = endsOf(curves, "trainLoss").filter((loss) => loss > 0);
  return TICKS.filter((loss) => loss >= Math.min(...ends) && loss <= Math.max(...ends)).length >= 2;
}

/** The panels whose axes have room for what was published. */
export function panelsOfPublished(curves: readonly Curve[]): readonly CurvePanel[] {
  const log = isLogarithmic(curves);
  const placed = (losses: readonly number[]) => (log ? losses.filter((loss) => loss > 0).map(Math.log10) : losses);
  const [ours, theirs] = [endsOf, publishedOf].map((of) => placed(of(curves, "trainLoss")));
  const losses = isInReach(ours!, theirs!, log ? 0.1 : 0.05);
  const accuracies = isInReach(endsOf(curves, "testAccuracy"), publishedOf(curves, "testAccuracy"), 0.01);
  return [...(losses ? [LOSS] : []), ...(accuracies ? [ACCURACY] : [])];
}

export function axes(curves: readonly Curve[], rows: readonly TrainingRow[], config: TrainingConfig): Layout {
  const within = panelsOfPublished(curves);
  const theirs = within.includes(ACCURACY) ? publishedOf(curves, "testAccuracy") : [];
  const chance = chanceOf(config);
  const range = accuracyRange([...endsOf(curves, "testAccuracy"), ...theirs], chance);
  const { annotations = [], ...line } = chanceLine(ACCURACY, range, chance) as { annotations?: Layout[] };
  return {
    ...axesOf(LOSS, epochAxis(rows, curves), lossAxis(curves)),
    ...axesOf(ACCURACY, epochAxis(rows, curves), accuracyAxis(range)),
    ...line,
    annotations: [...annotations, ...notDrawnNotes(curves, within)],
  };
}

const said = {
  trainLoss: (loss: number) => loss.toPrecision(3),
  testAccuracy: (accuracy: number) => percent(accuracy),
};

const notDrawnNotes = (curves: readonly Curve[], within: readonly CurvePanel[]): Layout[] =>
  PANELS.filter((panel) => !within.includes(panel)).map((panel) =>
    notDrawnNote(panel, publishedOf(curves, panel.column), said[panel.column]),
  );

function lossAxis(curves: readonly Curve[]): Layout {
  const titled = (scale: string) => ({ text: `training loss${scale}<br>(mean of mini-batches, nats)` });
  if (!isLogarithmic(curves)) return { title: titled("") };
  return { title: titled(", logarithmic scale"), type: "log", tickvals: TICKS, ticktext: TICKS.map(String) };
}

/** Wide enough for the marks of runs that diverged, too. */
function epochAxis(rows: readonly TrainingRow[], curves: readonly Curve[]): Layout {
  const last = Math.max(1, ...rows.map((row) => row.epoch));
  const marks = divergences(curves).map(({ x }) => x);
  const range = [Math.min(0.7, ...marks.map((x) => x - 0.1)), Math.max(last + 0.3, ...marks.map((x) => x + 0.1))];
  return { title: { text: "epoch" }, range, dtick: Math.max(1, Math.ceil(last / 10)), tick0: 1 };
}
