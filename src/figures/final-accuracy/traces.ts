/** Points of a panel as plotly traces. */
import { colors } from "../palette";
import type { Trace } from "../types";
import { inPanel, type Mark, offset, PUBLISHED, publishedSeries, series } from "../vocabulary";
import type { Arm, ArmPanel, Point } from "./panels";

const SPREAD = 0.7;
const BESIDE = 0.04;

/** "published", "published: dropout 0.2" */
export const publishedName = ({ publishedLabel }: Arm): string =>
  publishedLabel === "" ? "published" : `published: ${publishedLabel}`;

/** Arms stand beside each other at every value. */
export const shift = (i: number, arms: number) => offset(i, arms, SPREAD / arms);

/** The runs of an arm, small; their means, large. */
export function traces(panel: ArmPanel, arm: Arm, values: readonly number[], shifted: number): Trace[] {
  const { color, symbol: marker, filling } = arm.style;
  const symbol = `${marker}${filling}`;
  const [single, means] = [panel.single(arm), panel.means(arm)];
  const { marker: small, ...runs } = series(marksOf(single, values, shifted - BESIDE), {
    name: `${arm.label}, runs`,
    group: arm.label,
    color,
    symbol,
    size: 5,
    panel,
    legend: false,
  });
  const look = { name: arm.label, color, symbol, size: 10, panel, legend: panel.suffix === "" };
  return [
    ...(single.length > 0 ? [{ ...runs, marker: { ...(small as object), opacity: 0.45 } }] : []),
    series(marksOf(means, values, shifted + BESIDE), look),
  ];
}

/** The published numbers of an arm, black; none where there are none. */
export function publishedArm(
  panel: ArmPanel,
  arm: Arm,
  values: readonly number[],
  shifted: number,
  legend: boolean,
): Trace[] {
  const theirs = panel.published(arm);
  if (theirs.length === 0) return [];
  const symbol = PUBLISHED.counted(arm.style.symbol);
  const look = { name: publishedName(arm), group: arm.label, symbol, panel, legend };
  return [publishedSeries(marksOf(theirs, values, shifted + 2.5 * BESIDE), look)];
}

const marksOf = (points: readonly Point[], values: readonly number[], shifted: number): Mark[] =>
  points.map(({ value, ...point }) => ({ x: values.indexOf(value) + shifted, ...point }));

/** A mark on the axis for runs that have no number. */
interface Failure {
  readonly value: number;
  readonly count: string;
  readonly words: string;
}

/** Runs that diverged have no accuracy: they are on the axis. So are, in black, the published ones that failed. */
export function failureTraces(arms: readonly Arm[], values: readonly number[], floor: number): Trace[] {
  return arms.flatMap((arm, i) => {
    const { label, style, cells, published } = arm;
    const ours = cells.flatMap(({ value, diverged, runs }): Failure[] =>
      diverged > 0 ? [{ value, count: String(diverged), words: `${label}: ${diverged} of ${runs} diverged` }] : [],
    );
    const theirs = published.flatMap(({ value, failed = 0, runs }): Failure[] => {
      const count = `${failed} of ${runs}`;
      return failed > 0 ? [{ value, count, words: `${publishedName(arm)}: ${count} failed` }] : [];
    });
    const at = shift(i, arms.length);
    return [
      ...crosses(`diverged: ${label}`, ours, style.color, (value) => values.indexOf(value) + at),
      ...crosses(`failed, ${publishedName(arm)}`, theirs, colors.black, (value) => values.indexOf(value) + at + 0.1),
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
      ...inPanel({ suffix: "" }),
    },
  ];
}
