/** The two panels: accuracies, and their differences against the first value of ReLU'(0). */
import type { TrainingCell } from "../../experiments";
import { pairedMean } from "../../util";
import type { SeriesStyle } from "../palette";
import type { PublishedAccuracy } from "../published";
import type { Layout } from "../types";
import { isInReach, type Mark, notDrawnNote, type Panel, panelGrid, percent } from "../vocabulary";
import { accuracyOf, publishedDifference } from "./published";

/** One number in a panel: of a run, or a mean with its interval, or a published one. */
export type Point = Omit<Mark, "x"> & { readonly value: number };

/** The runs that differ in ReLU'(0) only. */
export interface Arm {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly cells: readonly TrainingCell[];
  readonly published: readonly PublishedAccuracy[];
  /** What tells the published numbers of one arm from those of another; may be empty. */
  readonly publishedLabel: string;
}

/** A panel, and what it shows of an arm. */
export interface ArmPanel extends Panel {
  readonly single: (arm: Arm) => Point[];
  readonly means: (arm: Arm) => Point[];
  readonly published: (arm: Arm) => Point[];
  /** Whether its axis reaches as far to both sides of 0. */
  readonly isSymmetric: boolean;
  /** How long its axis is at least. */
  readonly least: number;
  readonly said: (y: number) => string;
}

/** Of accuracies, side by side where there are two. */
export const panelsOf = (several: boolean): readonly Panel[] =>
  panelGrid(
    several
      ? [
          [0, 0.44],
          [0.56, 1],
        ]
      : [[0, 1]],
  );

/** Everything that a panel shows of an arm. @param isPublished whether what was published is in it */
export const pointsOf = (panel: ArmPanel, arm: Arm, isPublished: boolean): readonly Point[] => [
  ...panel.single(arm),
  ...panel.means(arm),
  ...(isPublished ? panel.published(arm) : []),
];

/** Whether the published numbers have room in a panel, beside ours. */
export function hasRoom(panel: ArmPanel, arms: readonly Arm[]): boolean {
  const [ours, theirs] = [panel.single, panel.published].map((of) =>
    arms.flatMap(of).flatMap(({ y }) => (panel.isSymmetric ? [y, -y] : [y])),
  );
  return isInReach(ours!, theirs!, panel.least);
}

/** A line over a panel that has none. */
export const noteOf = (panel: ArmPanel, arms: readonly Arm[]): Layout =>
  notDrawnNote(
    panel,
    arms.flatMap(panel.published).map(({ y }) => y),
    panel.said,
  );

export const accuracyText = (x: number) => percent(x, 2);
const points = (x: number) => `${x.toFixed(2)} points`;

export function accuracyPanel(panel: Panel): ArmPanel {
  return {
    ...panel,
    isSymmetric: false,
    least: 0.01,
    said: (y) => percent(y),
    single: ({ cells }) =>
      cells.flatMap(({ value, accuracies }) =>
        accuracies.flatMap((y, trial) => (y === null ? [] : [{ value, y, words: `run ${trial}: ${accuracyText(y)}` }])),
      ),
    means: ({ label, cells }) =>
      cells.flatMap(({ value, testAccuracy: y, low, high, finished }) =>
        y === null ? [] : [{ value, y, low, high, words: `${label}: ${accuracyText(y)}, n = ${finished}` }],
      ),
    published: ({ published }) =>
      published.flatMap((point) => {
        const y = accuracyOf(point);
        return y === undefined ? [] : [{ value: point.value, y, words: publishedWords(point) }];
      }),
  };
}

const publishedWords = ({ how, mean, median, runs, failed }: PublishedAccuracy) =>
  how === "counted"
    ? `published: mean ${accuracyText(mean!)} of ${runs! - failed!} runs, ${failed} failed`
    : `published: median ${accuracyText(median!)}, read off a figure`;

/** Differences against the first value, in percentage points: ours run by run, the published ones of means or medians. */
export function differencePanel(panel: Panel, first: number): ArmPanel {
  const reference = ({ cells }: Arm) => cells.find(({ value }) => value === first)!.accuracies;
  const others = ({ cells }: Arm) => cells.filter(({ value }) => value !== first);
  return {
    ...panel,
    isSymmetric: true,
    // as far as the axis reaches in any case
    least: 0.2,
    said: points,
    single: (arm) =>
      others(arm).flatMap(({ value, accuracies }) =>
        accuracies.flatMap((a, trial) => {
          const b = reference(arm)[trial]!;
          if (a === null || b === null) return [];
          return [{ value, y: 100 * (a - b), words: `run ${trial}: ${points(100 * (a - b))}` }];
        }),
      ),
    means: (arm) =>
      others(arm).flatMap(({ value, accuracies }) => {
        const inPoints = (list: readonly (number | null)[]) => list.map((x) => (x === null ? null : 100 * x));
        const { estimate: y, low, high, n } = pairedMean(inPoints(accuracies), inPoints(reference(arm)));
        return y === null ? [] : [{ value, y, low, high, words: `${arm.label}: ${points(y)}, n = ${n} pairs` }];
      }),
    published: ({ published }) => {
      const zero = published.find(({ value }) => value === first);
      return published.flatMap((point) => {
        const difference = zero && point !== zero ? publishedDifference(point, zero) : undefined;
        if (difference === undefined) return [];
        return [
          { value: point.value, y: 100 * difference, words: `published, not paired: ${points(100 * difference)}` },
        ];
      });
    },
  };
}
