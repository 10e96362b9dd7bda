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

/** The runs of an arm, small; their means, large; the published numbers, black. */
export function traces(panel: ArmPanel, arm: Arm, values: readonly number[], shifted: number): Trace[] {
  const { color, symbol: marker, filling } = arm.style;
  const symbol = `${marker}${filling}`;
  const marks = (points: readonly Point[], beside: number) =>
    points.map(({ value, ...point }): Mark => ({ x: values.indexOf(value) + shifted + beside, ...point }));
  const [single, means, theirs] = [panel.single(arm), panel.means(arm), panel.published(arm)];
  const first = panel.suffix === "";
  const { marker: small, ...runs } = series(marks(single, -BESIDE), {
    name: `${arm.label}, runs`,
    group: arm.label,
    color,
    symbol,
    size: 5,
    panel,
    legend: false,
  });
  return [
    ...(single.length > 0 ? [{ ...runs, marker: { ...(small as object), opacity: 0.45 } }] : []),
    series(marks(means, BESIDE), { name: arm.label, color, symbol, size: 10, panel, legend: first }),
    ...(theirs.length > 0
      ? [
          publishedSeries(marks(theirs, 2.5 * BESIDE), {
            name: publishedName(arm),
            group: arm.label,
            symbol: PUBLISHED.counted(marker),
            panel,
            legend: first,
          }),
        ]
      : []),
  ];
}

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
