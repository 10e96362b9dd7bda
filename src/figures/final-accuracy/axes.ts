/** The axes, wide enough for every number that is shown. */
import { colors } from "../palette";
import type { Layout, Trace } from "../types";

/** Below every number of the accuracy panel. */
export function lowest(data: readonly Trace[]): number {
  const shown = data.filter(({ yaxis }) => yaxis === "y").flatMap(({ y }) => y as number[]);
  const [low, high] = shown.length > 0 ? [Math.min(...shown), Math.max(...shown)] : [0, 1];
  return low - Math.max(0.002, 0.08 * (high - low));
}

/** Half the height of the panel of differences: those that are all but 0 shall look so. */
export function widest(data: readonly Trace[]): number {
  const own = data.filter(({ yaxis }) => yaxis === "y2");
  const ends = own.flatMap(({ y, error_y: bars }) => {
    const { array = [], arrayminus = [] } = (bars ?? {}) as { array?: number[]; arrayminus?: number[] };
    return (y as number[]).flatMap((at, i) => [at + (array[i] ?? 0), at - (arrayminus[i] ?? 0)].map(Math.abs));
  });
  return 1.08 * Math.max(0.1, ...ends);
}

interface Frame {
  /** In the order of the axis. */
  readonly values: readonly number[];
  readonly first: number;
  readonly floor: number;
  readonly limit: number;
  readonly panels: number;
}

export function axes({ values, first, floor, limit, panels }: Frame): Layout {
  const x = (domain: readonly number[], anchor: string) => ({
    domain,
    anchor,
    title: { text: "ReLU'(0), not to scale" },
    tickvals: values.map((_, i) => i),
    ticktext: values.map(String),
    range: [-0.6, values.length - 0.4],
    showgrid: false,
  });
  const cut = floor > 0.01 ? " (axis does not begin at 0)" : "";
  const left = {
    xaxis: x(panels > 1 ? [0, 0.44] : [0, 1], "y"),
    yaxis: {
      title: { text: `test accuracy${cut}` },
      tickformat: ".1%",
      anchor: "x",
      autorange: "max",
      range: [floor, null],
    },
  };
  if (panels === 1) return left;
  return {
    ...left,
    xaxis2: x([0.56, 1], "y2"),
    yaxis2: {
      title: { text: `accuracy minus that at ReLU'(0) = ${first}<br>(percentage points)` },
      range: [-limit, limit],
      anchor: "x2",
      zeroline: true,
      zerolinecolor: colors.black,
    },
  };
}
