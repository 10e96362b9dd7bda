/** The axes, wide enough for every number that is shown. */
import { colors } from "../palette";
import type { Layout } from "../types";
import { accuracyAxis, axesOf, categoryAxis, chanceLine, type Panel } from "../vocabulary";
import type { Point } from "./panels";

/** Half the height of the panel of differences: those that are all but 0 shall look so. */
export function widest(points: readonly Point[]): number {
  const ends = points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y].map(Math.abs));
  return 1.08 * Math.max(0.1, ...ends);
}

interface Frame {
  /** In the order of the axis. */
  readonly values: readonly number[];
  readonly first: number;
  /** Of the panel of accuracies. */
  readonly range: readonly [number, number];
  readonly chance: number | undefined;
  readonly limit: number;
}

/** The axes of the panel of accuracies and, where there is one, of the panel of differences. */
export function axes([left, right]: readonly Panel[], { values, first, range, chance, limit }: Frame): Layout {
  const x = categoryAxis(values.map(String), "ReLU'(0), not to scale");
  const difference = {
    title: { text: `accuracy minus that at ReLU'(0) = ${first}<br>(percentage points)` },
    range: [-limit, limit],
    zeroline: true,
    zerolinecolor: colors.black,
  };
  return {
    ...axesOf(left!, x, accuracyAxis(range)),
    ...(right && axesOf(right, x, difference)),
    ...chanceLine(left!, range, chance),
  };
}
