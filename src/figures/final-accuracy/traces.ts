/** Points of a panel as plotly traces. */
import { errorBars } from "../error-bars";
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
      error_y: errorBars(means, { visible: means.some(({ low }) => typeof low === "number"), color }),
    },
    {
      ...at(theirs, 2.5 * beside),
      name: `published: ${arm.label}`,
      showlegend: panel.suffix === "" && theirs.length > 0,
      marker: { color: colors.black, symbol: `${symbol}-open`, size: 9, line: { width: 1.5 } },
    },
  ].filter((trace, i) => i === 1 || trace.x.length > 0);
}

/** A mark on the axis for runs that have no number. */
interface Failure {
  readonly value: number;
  readonly count: string;
  readonly words: string;
}

/** Runs that diverged have no accuracy: they are on the axis. So are, in black, the published ones that failed. */
export function failureTraces(arms: readonly Arm[], values: readonly number[], floor: number): Trace[] {
  return arms.flatMap(({ label, style, cells, published }, i) => {
    const ours = cells.flatMap(({ value, diverged, runs }): Failure[] =>
      diverged > 0 ? [{ value, count: String(diverged), words: `${label}: ${diverged} of ${runs} diverged` }] : [],
    );
    const theirs = published.flatMap(({ value, failed = 0, runs }): Failure[] => {
      const count = `${failed} of ${runs}`;
      return failed > 0 ? [{ value, count, words: `published, ${label}: ${count} failed` }] : [];
    });
    const at = shift(i, arms.length);
    return [
      ...crosses(`diverged: ${label}`, ours, style.color, (value) => values.indexOf(value) + at),
      ...crosses(`failed: published, ${label}`, theirs, colors.black, (value) => values.indexOf(value) + at + 0.1),
    ].map((trace) => ({ ...trace, y: trace.x.map(() => floor) }));
  });
}

function crosses(name: string, failures: readonly Failure[], color: string, at: (value: number) => number) {
  if (failures.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers+text",
      name,
      x: failures.map(({ value }) => at(value)),
      text: failures.map(({ count }) => count),
      textposition: "top center",
      textfont: { color },
      marker: { color, symbol: "x-thin-open", size: 12, line: { width: 3 } },
      cliponaxis: false,
      hovertext: failures.map(({ words }) => words),
      hoverinfo: "text",
      xaxis: "x",
      yaxis: "y",
    },
  ];
}
