/** The axes, wide enough for every number that is shown. */
import { colors } from "../palette";
import type { Layout } from "../types";
import { axesOf, CUT, categoryAxis, type Panel } from "../vocabulary";
import type { Point } from "./panels";

/** Below every number of the panel of accuracies. */
export function lowest(points: readonly Point[]): number {
  const shown = points.map(({ y }) => y);
  const [low, high] = shown.length > 0 ? [Math.min(...shown), Math.max(...shown)] : [0, 1];
  return low - Math.max(0.002, 0.08 * (high - low));
}

/** Half the height of the panel of differences: those that are all but 0 shall look so. */
export function widest(points: readonly Point[]): number {
  const ends = points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y].map(Math.abs));
  return 1.08 * Math.max(0.1, ...ends);
}

interface Frame {
  /** In the order of the axis. */
  readonly values: readonly number[];
  readonly first: number;
  readonly floor: number;
  readonly limit: number;
}

/** The axes of the panel of accuracies and, where there is one, of the panel of differences. */
export function axes([left, right]: readonly Panel[], { values, first, floor, limit }: Frame): Layout {
  const x = categoryAxis(values.map(String), "ReLU'(0), not to scale");
  const accuracy = {
    title: { text: floor > 0.01 ? `test accuracy ${CUT}` : "test accuracy" },
    tickformat: ".1%",
    autorange: "max",
    range: [floor, null],
  };
  const difference = {
    title: { text: `accuracy minus that at ReLU'(0) = ${first}<br>(percentage points)` },
    range: [-limit, limit],
    zeroline: true,
    zerolinecolor: colors.black,
  };
  return { ...axesOf(left!, x, accuracy), ...(right && axesOf(right, x, difference)) };
}
