/** Panels that have nothing to show say so, and have no scale that would mean nothing. */
import type { Layout, Trace } from "../types";
import { PUBLISHED } from "./series";

interface Row {
  readonly outcome?: unknown;
}

const BROKEN = ["failed", "diverged"];

/** Why there is nothing to draw: "every run failed". */
function reasonOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "no run yet";
  const ends = [...new Set(rows.map(({ outcome }) => String(outcome)).filter((outcome) => outcome !== "running"))];
  const broken = ends.length > 0 && ends.every((outcome) => BROKEN.includes(outcome));
  return broken ? `every run ${ends.sort().reverse().join(" or ")}` : "nothing to draw";
}

/**
 * A layout in which each panel without a mark says why.
 * @param traces the numbers; without the marks of runs that failed
 * @param rows of the run; or the reason
 */
export function notingEmpty(layout: Layout, traces: readonly Trace[], rows: readonly Row[] | string): Layout {
  const why = typeof rows === "string" ? rows : reasonOf(rows);
  const suffixes = Object.keys(layout).flatMap((key) => /^yaxis(\d*)$/.exec(key)?.[1] ?? []);
  const empty = suffixes.filter(
    (suffix) => !traces.some((trace) => isIn(trace, suffix) && isOurs(trace) && hasMarks(trace)),
  );
  const bare = empty.flatMap((suffix) =>
    ["x", "y"].map((axis) => [`${axis}axis${suffix}`, withoutScale(layout[`${axis}axis${suffix}`] as Layout)]),
  );
  const annotations = [...((layout.annotations as Layout[] | undefined) ?? []), ...empty.map((s) => note(s, why))];
  return { ...layout, ...Object.fromEntries(bare), annotations };
}

// published numbers may stand where none of ours does
const isOurs = ({ marker }: Trace) => (marker as { readonly color?: unknown } | undefined)?.color !== PUBLISHED.color;

const isIn = ({ yaxis = "y" }: Trace, suffix: string) => yaxis === `y${suffix}`;

/** Heat maps have all their numbers in z. */
const hasMarks = ({ y, z = y }: Trace) => (z as readonly unknown[]).flat().some(Number.isFinite);

/** A range that does not come from marks stays. */
const withoutScale = (axis: Layout): Layout =>
  "range" in axis ? axis : { ...axis, showticklabels: false, ticks: "", showgrid: false };

const note = (suffix: string, why: string): Layout => ({
  text: `<b>${why}</b>`,
  font: { size: 16 },
  bgcolor: "white",
  ...{ x: 0.5, xref: `x${suffix} domain`, xanchor: "center" },
  ...{ y: 0.5, yref: `y${suffix} domain`, yanchor: "middle" },
});
