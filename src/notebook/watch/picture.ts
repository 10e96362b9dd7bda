/** The picture of trainings: loss by step, test accuracy by epoch, exact zeros by layer. */
import {
  accuracyRange,
  counted,
  type Interval,
  linearScale,
  logarithmicScale,
  percent,
  percentTick,
  type Sketch,
  type SketchPanel,
  type SketchSeries,
  seriesStyle,
} from "../../figures";
import { sumOf } from "../../util";
import type { Course } from "./course";

/** From here on losses have a logarithmic axis: the largest divided by the smallest. */
const LOGARITHMIC = 10;

/**
 * @param title above the picture
 * @param state where the trainings stand: a line under the title
 */
export function pictureOf(courses: readonly Course[], title: string, state: string): Sketch {
  const isCounted = courses.some(({ zeros }) => zeros.size > 0);
  const lost = courses.filter(({ diverged }) => diverged !== null);
  return {
    title,
    subtitle: [state, ...lost.map(({ name, diverged }) => `${name} has diverged: ${diverged}`)],
    legend: courses.length > 1 ? courses.map(({ name }, i) => ({ name, style: seriesStyle(i) })) : [],
    panels: [lossPanel(courses), accuracyPanel(courses), ...(isCounted ? [zerosPanel(courses)] : [])],
    alt: `${title}. ${state}. ${courses.map(wordsOf).join("; ")}.`,
  };
}

/** "ReLU'(0) = 1: loss 0.21, accuracy 94.2 %, 12 zeros", the latest of each. */
export function wordsOf(course: Course): string {
  const { name, latest, accuracies, zeros, diverged } = course;
  const accuracy = accuracies.at(-1)?.accuracy;
  const words = [
    latest && `loss ${latest.loss.toPrecision(3)}`,
    accuracy !== undefined && !Number.isNaN(accuracy) && `accuracy ${percent(accuracy)}`,
    zeros.size > 0 &&
      counted(
        sumOf([...zeros.values()], (n) => n),
        "zero",
      ),
    diverged !== null && "diverged",
  ].filter(Boolean);
  return `${name}: ${words.join(", ") || "not begun"}`;
}

const seriesOf = (courses: readonly Course[], spots: (course: Course) => SketchSeries["spots"]): SketchSeries[] =>
  courses.map((course, i) => ({ style: seriesStyle(i), spots: spots(course) }));

const ordinates = (series: readonly SketchSeries[]) => series.flatMap(({ spots }) => spots.map(({ y }) => y));

function lossPanel(courses: readonly Course[]): SketchPanel {
  const series = seriesOf(courses, ({ curve }) => curve.points);
  const losses = ordinates(series);
  const [low, high] = losses.length > 0 ? [Math.min(...losses), Math.max(...losses)] : [0, 1];
  const isLogarithmic = low > 0 && high / low >= LOGARITHMIC;
  const width = Math.max(...courses.map(({ curve }) => curve.width));
  const remarks = [isLogarithmic && "logarithmic scale", width > 1 && `means of ${width} steps`].filter(Boolean);
  return {
    kind: "line",
    title: "training loss",
    remark: ["nats", ...remarks].join(", "),
    width: 2.2,
    xTitle: "step",
    x: linearScale(stepRange(courses), { whole: true }),
    y: isLogarithmic ? logarithmicScale([low / 1.1, high * 1.1]) : linearScale(widened([low, high])),
    series,
  };
}

function stepRange(courses: readonly Course[]): Interval {
  const first = Math.min(...courses.map(({ skipped }) => skipped));
  return [first, Math.max(first + 10, ...courses.map(({ done }) => done))];
}

/** With room at both ends, and never empty. */
function widened([low, high]: Interval): Interval {
  const room = 0.06 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - room, high + room];
}

function accuracyPanel(courses: readonly Course[]): SketchPanel {
  const series = seriesOf(courses, ({ accuracies }) =>
    accuracies
      .filter(({ accuracy }) => !Number.isNaN(accuracy))
      .map(({ epoch, accuracy }) => ({ x: epoch, y: accuracy })),
  );
  const epochs = series.flatMap(({ spots }) => spots.map(({ x }) => x));
  const range = accuracyRange(ordinates(series));
  return {
    kind: "points",
    title: "test accuracy",
    ...(range[0] > 0 && { remark: "axis does not begin at 0" }),
    width: 1.6,
    xTitle: "epoch",
    x: linearScale([Math.min(1, ...epochs) - 0.3, Math.max(2, ...epochs) + 0.3], { whole: true }),
    y: linearScale(range, { text: percentTick }),
    series,
    empty: "known after the first epoch",
  };
}

/** Layers that the axis names. */
const LABELS = 9;

function zerosPanel(courses: readonly Course[]): SketchPanel {
  const layers = [...new Set(courses.flatMap(({ zeros }) => [...zeros.keys()]))];
  const series = seriesOf(courses, ({ zeros }) =>
    layers.flatMap((layer, x) => (zeros.has(layer) ? [{ x, y: zeros.get(layer)! }] : [])),
  );
  const most = Math.max(1, ...ordinates(series));
  const [begin, size] = [-0.5, layers.length];
  // for more there is no room
  const every = Math.ceil(size / LABELS);
  const ticks = layers.map((text, value) => ({ value, text: value % every === 0 ? text : "" }));
  return {
    kind: "bars",
    title: "exact zeros so far",
    width: 1.2,
    xTitle: "layer",
    x: { at: (x) => (x - begin) / size, ticks },
    y: linearScale([0, 1.1 * most], { whole: true }),
    series,
  };
}
