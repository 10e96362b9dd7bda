/** Points of a panel as plotly traces. */
import { colors } from "../palette";
import type { Trace } from "../types";
import type { Arm, Panel, Point } from "./panels";

const SPREAD = 0.7;

/** Arms stand beside each other at every value. */
export const shift = (i: number, arms: number) => ((i - (arms - 1) / 2) * SPREAD) / arms;

/** The runs of an arm, small; their means, large; the published numbers, black. */
export function traces(panel: Panel, arm: Arm, values: readonly number[], offset: number): Trace[] {
  const { color, symbol } = arm.style;
  const at = (own: readonly Point[], beside: number) => ({
    type: "scatter",
    mode: "markers",
    x: own.map(({ value }) => values.indexOf(value) + offset + beside),
    y: own.map(({ y }) => y),
    hovertext: own.map(({ words }) => words),
    hoverinfo: "text",
    legendgroup: arm.label,
    xaxis: `x${panel.suffix}`,
    yaxis: `y${panel.suffix}`,
  });
  const [single, means, theirs] = [panel.single(arm), panel.means(arm), panel.published(arm)];
  const beside = 0.04;
  return [
    {
      ...at(single, -beside),
      name: `${arm.label}, runs`,
      showlegend: false,
      marker: { color, symbol, size: 5, opacity: 0.45 },
    },
    {
      ...at(means, beside),
      name: arm.label,
      showlegend: panel.suffix === "",
      marker: { color, symbol, size: 10 },
      error_y: {
        type: "data",
        symmetric: false,
        visible: means.some(({ low }) => typeof low === "number"),
        array: means.map(({ high, y }) => (high ?? y) - y),
        arrayminus: means.map(({ low, y }) => y - (low ?? y)),
        color,
      },
    },
    {
      ...at(theirs, 2.5 * beside),
      name: `published: ${arm.label}`,
      showlegend: panel.suffix === "" && theirs.length > 0,
      marker: { color: colors.black, symbol: `${symbol}-open`, size: 9, line: { width: 1.5 } },
    },
  ].filter((trace, i) => i === 1 || trace.x.length > 0);
}

/** Runs that diverged have no accuracy: they are on the axis. */
export function divergedTraces(arms: readonly Arm[], values: readonly number[], floor: number): Trace[] {
  return arms.flatMap(({ label, style, cells }, i) => {
    const found = cells.filter(({ diverged }) => diverged > 0);
    if (found.length === 0) return [];
    return {
      type: "scatter",
      mode: "markers+text",
      name: `diverged: ${label}`,
      x: found.map(({ value }) => values.indexOf(value) + shift(i, arms.length)),
      y: found.map(() => floor),
      text: found.map(({ diverged }) => String(diverged)),
      textposition: "top center",
      marker: { color: style.color, symbol: "x-thin-open", size: 12, line: { width: 3 } },
      cliponaxis: false,
      hovertext: found.map(({ diverged, runs }) => `${label}: ${diverged} of ${runs} diverged`),
      hoverinfo: "text",
      xaxis: "x",
      yaxis: "y",
    };
  });
}
