/** Intervals as plotly draws them. */
import type { Trace } from "../types";

/** A point and the ends of its interval, as far as there is one. */
export interface PointWithInterval {
  readonly y: number;
  readonly low?: number | null;
  readonly high?: number | null;
}

/**
 * `error_y` of a trace with these points: bars from `low` to `high`, none where there is no interval.
 * @param style plotly's `visible` and `color` of all bars; default: visible, in the trace's colour
 * @example
 * ```ts
 * import { errorBars } from "nonsmooth";
 *
 * const points = [{ y: 0.5, low: 0.25, high: 0.75 }, { y: 0.8 }];
 * const trace = { x: [16, 32], y: points.map(({ y }) => y), error_y: errorBars(points) };
 * console.log(trace.error_y.array, trace.error_y.arrayminus); // [ 0.25, null ] [ 0.25, null ]
 * ```
 */
export function errorBars(
  points: readonly PointWithInterval[],
  { visible, color }: { readonly visible?: boolean; readonly color?: string } = {},
): Trace {
  return {
    type: "data",
    symmetric: false,
    ...(visible !== undefined && { visible }),
    // null is no bar; a bar of length 0 would have caps
    array: points.map(({ y, high }) => (typeof high === "number" ? high - y : null)),
    arrayminus: points.map(({ y, low }) => (typeof low === "number" ? y - low : null)),
    ...(color !== undefined && { color }),
  };
}
