/** What arms that differ only at exact zeros change, pair by pair, on the ground of what one rounding changes; and the response to a dose. */
import { type HarmArm, type HarmCell, type HarmConfig, type HarmRow, harm } from "../experiments";
import { networkTitle } from "../nn";
import { sumOf } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, legendRowsOf, withLayout } from "./layout";
import { colors, precisionStyle, variantStyle } from "./palette";
import type { Figure, Layout, TableRow, Trace } from "./types";
import {
  axesOf,
  capital,
  captionOf,
  categoryAxis,
  counted,
  datasetOf,
  inPanel,
  legendEntry,
  listed,
  type Mark,
  networkText,
  notingEmpty,
  offset,
  type Panel,
  panelGrid,
  panelNote,
  paragraph,
  series,
  sourceSentence,
  spans,
} from "./vocabulary";

const TITLE = "Does ReLU'(0) matter, beyond rounding?";
const WIDTH = 980;
const POINTS = "percentage points";
/** Fewer doses make no curve. */
const FEWEST_DOSES = 3;
const [BAND, EDGE] = ["rgba(120, 120, 120, 0.28)", 0.95];

/**
 * The figure of `harm`: accuracy against ReLU'(0) = 0, pair by pair, beside trainings that differ by one rounding.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawHarm, harm, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 100, testImages: 50, widths: [8], epochs: 1, precisions: [16], runs: 2 };
 * const run = await runExperiment(harm, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawHarm(run);
 * console.log(figure.title, figure.table.length); // Does ReLU'(0) matter, beyond rounding? Perceptron 5
 * ```
 */
export function drawHarm({ rows, config, manifest }: RunRecord<HarmConfig, HarmRow>): Figure {
  const cells = harm.summarize(rows, config);
  const doses = config.overwrite.length >= FEWEST_DOSES;
  const columns = Math.min(2, cells.length);
  const across = spans(columns, 0.1);
  const lines = Math.ceil(cells.length / columns) + Number(doses);
  const grid = panelGrid(across, spans(lines, lines > 2 ? 0.14 : 0.18).reverse());
  const panels = grid.slice(0, cells.length);
  const wide: Panel = { ...grid.at(-columns)!, across: [0, 1] };
  const limit = limitOf(cells, config);
  const data = [
    ...cells.flatMap((cell, i) => cellTraces(cell, panels[i]!, limit)),
    ...(doses ? doseTraces(cells, wide) : []),
  ];
  const key = legend(cells, data);
  const size = { width: WIDTH, height: 330 * lines + 240 };
  const caption = captionText(cells, config, manifest);
  const title = `${TITLE} ${capital(nameOf(config))}`;
  const layout = withLayout(
    baseLayout({
      title,
      subtitle: `${config.label ?? datasetOf(manifest, config)}: test accuracy minus that at ReLU'(0) = 0, run by run`,
      caption,
      ...size,
      legendRows: legendRowsOf([...key, ...data], WIDTH),
      room: { above: 34, below: 70, left: 84 },
    }),
    [
      ...cells.map((cell, i) => cellAxes(cell, panels[i]!, limit, config)),
      ...(doses ? [doseAxes(wide, cells, config)] : []),
    ].reduce<Layout>(withLayout, { annotations: [], shapes: [] }),
  );
  return {
    name: "harm",
    title,
    data: [...data, ...key],
    layout: notingEmpty(layout, data, rows),
    alt: altText(cells, config, manifest),
    caption,
    table: tableOf(cells),
    ...size,
  };
}

const nameOf = (config: HarmConfig) => (config.network === "mlp" ? networkTitle("mlp") : networkText(config));

const cellText = ({ batchNorm, precision }: HarmCell, { network }: HarmConfig) =>
  [precisionStyle(precision).label, ...(network === "mlp" ? [] : [batchNorm ? "batch-norm" : "no batch-norm"])].join(
    ", ",
  );

/** The null, then what is multiplied, then what is overwritten by its value. */
const others = ({ arms }: HarmCell) =>
  arms
    .filter(({ verdict }) => verdict !== "reference")
    .map((arm, i) => ({ arm, place: arm.chainRule === "overwrite" ? arms.length + arm.value : i }))
    .sort((a, b) => a.place - b.place)
    .map(({ arm }) => arm);
const isMild = ({ arm }: HarmArm) => arm === "null" || arm.startsWith("multiply") || arm.endsWith("1/batch");
const known = ({ differences }: HarmArm) => differences.filter((x) => x !== null);
const points = (x: number) => `${x < 0 ? "−" : ""}${Math.abs(x).toFixed(2)}`;

/** Half the height of the panels: the null, `multiply` and the bound fit; what lies beyond is marked at the edge. */
function limitOf(cells: readonly HarmCell[], { bound }: HarmConfig): number {
  const mild = cells.flatMap((cell) => others(cell).filter(isMild).flatMap(known));
  const widest = Math.max(0, ...mild.map(Math.abs).sort((a, b) => a - b));
  return Math.max(1.4 * bound, Math.min(1.15 * widest, 12 * bound));
}

/** Pairs, means and what lies outside, of the arms of a cell. */
function cellTraces(cell: HarmCell, panel: Panel, limit: number): Trace[] {
  const { color, symbol, label } = precisionStyle(cell.precision);
  const arms = others(cell);
  const beside = (i: number, trial: number, runs: number) => i + offset(trial, runs, 0.34 / Math.max(1, runs)) - 0.14;
  const pairs = arms.flatMap((arm, i) =>
    arm.differences.flatMap((y, trial): Mark[] =>
      y === null ? [] : [{ x: beside(i, trial, arm.runs), y, words: `${arm.arm}, run ${trial}: ${points(y)} points` }],
    ),
  );
  const means = arms.flatMap((arm, i): Mark[] => {
    const { mean: y, low, high, n } = arm.change;
    return y === null ? [] : [{ x: i + 0.24, y, low, high, words: `${arm.arm}: ${points(y)} points, n = ${n}` }];
  });
  const broken = arms.flatMap((arm, i): Mark[] => {
    const lost = arm.diverged + arm.failed;
    return lost === 0
      ? []
      : [{ x: i, y: -EDGE * limit, words: `${arm.arm}: ${counted(lost, "training")} diverged or failed` }];
  });
  const inside = ({ y }: Mark) => Math.abs(y) <= limit;
  const atEdge = (marks: readonly Mark[]) =>
    marks
      .filter((mark) => !inside(mark))
      .map(({ low: _, high: __, ...mark }) => ({ ...mark, y: Math.sign(mark.y) * EDGE * limit }));
  const look = { color, panel, legend: false };
  const out = [...atEdge(pairs)];
  const triangles = out.map(({ y }) => (y < 0 ? "triangle-down" : "triangle-up"));
  return [
    faded(series(pairs.filter(inside), { name: `${label}: pair`, symbol, size: 6, ...look })),
    series(means.filter(inside), { name: `${label}: mean`, symbol: "line-ew-open", size: 15, stroke: 2.5, ...look }),
    series(out, { name: `${label}: outside`, symbol: triangles, size: 8, ...look }),
    series(broken, { name: "diverged", symbol: "x-thin-open", size: 10, stroke: 2.5, ...look, color: colors.black }),
  ].filter(({ x }) => (x as unknown[]).length > 0);
}

const faded = (trace: Trace): Trace => ({ ...trace, marker: { ...(trace.marker as object), opacity: 0.55 } });

function cellAxes(cell: HarmCell, panel: Panel, limit: number, config: HarmConfig): Layout {
  const arms = others(cell);
  const y = {
    title: { text: `difference, ${POINTS}` },
    range: [-limit, limit],
    zeroline: true,
    zerolinecolor: colors.black,
  };
  const [low, high] = cell.nullRange ?? [0, 0];
  const at = { xref: `x${panel.suffix} domain`, yref: `y${panel.suffix}`, x0: 0, x1: 1 };
  const bound = (y0: number) => ({
    ...at,
    type: "line",
    y0,
    y1: y0,
    line: { color: colors.black, dash: "dash", width: 1 },
  });
  const met = `exact zeros met in ${cell.withZero} of ${counted(config.runs, "run")}`;
  const wrapped = arms.map(({ arm }) => arm.replace(" ", "<br>"));
  return {
    ...axesOf(panel, { ...categoryAxis(wrapped), tickangle: 0, tickfont: { size: arms.length > 5 ? 10 : 11.5 } }, y),
    shapes: [
      { ...at, type: "rect", layer: "below", y0: low, y1: high, fillcolor: BAND, line: { color: BAND, width: 2 } },
      bound(config.bound),
      bound(-config.bound),
    ],
    annotations: [
      panelNote(panel, `<b>${cellText(cell, config)}</b>; ${met}`),
      ...arms.flatMap((arm, i) => edgeNote(arm, i, panel, limit)),
    ],
  };
}

/** How many trainings of an arm are not within the axis, and where their mean is. */
function edgeNote({ change, diverged, failed, ...arm }: HarmArm, i: number, panel: Panel, limit: number): Layout[] {
  const outside = arm.differences.filter((y) => y !== null && Math.abs(y) > limit).length;
  const lines = [
    ...(outside > 0 ? [`${outside} outside,`, `mean ${points(change.mean!)}`] : []),
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  if (lines.length === 0) return [];
  // where the marks are not
  const up = change.mean === null || change.mean < 0;
  const side = up ? { y: 0.96 * limit, yanchor: "top" } : { y: -0.96 * limit, yanchor: "bottom" };
  const place = { x: i, xref: `x${panel.suffix}`, yref: `y${panel.suffix}`, ...side };
  return [{ text: lines.join("<br>"), font: { size: 10.5 }, bgcolor: "rgba(255,255,255,0.8)", ...place }];
}

const dosed = (cell: HarmCell) =>
  cell.arms.filter(({ chainRule, value }) => chainRule === "overwrite" && value > 0).sort((a, b) => a.value - b.value);

/** Mean change by the value that is put in place of the gradient, in the whole range. */
function doseTraces(cells: readonly HarmCell[], panel: Panel): Trace[] {
  return cells.map((cell, i) => {
    const { color, symbol, dash, filling } = variantStyle(cell.precision, Math.floor(i / 2));
    const apart = 1.06 ** offset(i, cells.length, 1);
    const marks = dosed(cell).flatMap(({ value, change: { mean: y, low, high, n } }): Mark[] =>
      y === null ? [] : [{ x: value * apart, y, low, high, words: `${value}: ${points(y)} points, n = ${n}` }],
    );
    const name = `overwrite, ${precisionStyle(cell.precision).label}${cells.some((one) => one.batchNorm !== cell.batchNorm) ? (cell.batchNorm ? ", batch-norm" : ", no batch-norm") : ""}`;
    return series(marks, { name, color, symbol: `${symbol}${filling}`, line: { dash }, panel });
  });
}

function doseAxes(panel: Panel, cells: readonly HarmCell[], { batchSize }: HarmConfig): Layout {
  const values = [...new Set(cells.flatMap((cell) => dosed(cell).map(({ value }) => value)))].sort((a, b) => a - b);
  // a line of its own: another value may stand beside it
  const name = (value: number) => (value === 1 / batchSize ? "<br>1/batch" : String(value));
  const x = {
    type: "log",
    tickvals: values,
    ticktext: values.map(name),
    tickangle: 0,
    title: { text: "value that replaces the gradient at a zero" },
  };
  const y = { title: { text: `difference, ${POINTS}` }, zeroline: true, zerolinecolor: colors.black };
  const spread = cells.flatMap(({ nullRange }) => nullRange ?? []);
  const [low, high] = spread.length > 0 ? [Math.min(...spread), Math.max(...spread)] : [0, 0];
  const band = { xref: `x${panel.suffix} domain`, yref: `y${panel.suffix}`, x0: 0, x1: 1, y0: low, y1: high };
  return {
    ...axesOf(panel, x, y),
    shapes: [{ ...band, type: "rect", layer: "below", fillcolor: BAND, line: { color: BAND, width: 2 } }],
    annotations: [panelNote(panel, "<b>dose and response</b>: the whole range")],
  };
}

function legend(cells: readonly HarmCell[], data: readonly Trace[]): Trace[] {
  const isRange = cells.some((cell) => others(cell).some(({ change }) => change.isRange));
  const marker = (symbol: string, more: object = {}) => ({
    mode: "markers",
    marker: { color: "#444444", symbol, size: 9, ...more },
  });
  const has = (name: string) => data.some((trace) => trace.name === name);
  return [
    legendEntry("one pair", marker("circle", { opacity: 0.55, size: 6 })),
    legendEntry(
      isRange ? "mean, 95 % t interval (below 8 pairs: range)" : "mean, 95 % t interval",
      marker("line-ew-open", { line: { width: 2.5 } }),
    ),
    legendEntry("range of the null: one rounding", { mode: "lines", line: { color: BAND, width: 12 } }),
    legendEntry("declared bound", { mode: "lines", line: { color: colors.black, dash: "dash", width: 1 } }),
    ...(has("outside") ? [legendEntry("pair outside the axis", marker("triangle-down"))] : []),
    ...(has("diverged")
      ? [
          legendEntry(
            "trainings that diverged or failed",
            marker("x-thin-open", { color: colors.black, line: { width: 2.5 } }),
          ),
        ]
      : []),
  ].map((trace) => ({ ...trace, legendgroup: trace.name, ...inPanel({ suffix: "" }) }));
}

function captionText(cells: readonly HarmCell[], config: HarmConfig, manifest: RunRecord["manifest"]): string {
  const { runs, epochs, batchSize, learningRate, momentum, weightDecay, bound, widths, engine, seed } = config;
  const arms = cells.flatMap((cell) => cell.arms);
  const total = (of: (arm: HarmArm) => number) => sumOf(arms, of);
  return captionOf(
    paragraph(
      `${counted(runs, "training")} of each arm, ${counted(epochs, "epoch")}. Of ${total((arm) => arm.runs)} trainings ${total((arm) => arm.finished)} finished, ${total((arm) => arm.diverged)} diverged and ${total((arm) => arm.failed)} failed.`,
      "Where ReLU'(0) = 0 met no exact zero, all arms of that run are the same to the bit; such pairs are not drawn and not in n.",
      "All arms of a run have the same start and mini-batches. null: ReLU'(0) = 0, with one weight changed by one unit in the last place in the step of the first zero.",
    ),
    paragraph(
      `Bars: 95 % t intervals of the mean over the n pairs that met a zero; with fewer than 8 the range. Bound, declared beforehand: ${bound} percentage ${bound === 1 ? "point" : "points"}.`,
      ...cells.map((cell) => `${cellText(cell, config)} – ${verdictsText(cell)}.`),
    ),
    paragraph(
      `${capital(nameOf(config))}, ${widths ? `widths ${widths.join(", ")}` : "full width"}; SGD, rate ${learningRate}, momentum ${momentum}, weight decay ${weightDecay}, mini-batches of ${batchSize}.`,
      sourceSentence({ data: datasetOf(manifest, config), engine, threads: 1, seed }),
    ),
  );
}

/** "equivalent: multiply 1, overwrite 1/batch; differs: overwrite 10" */
function verdictsText(cell: HarmCell): string {
  const arms = others(cell);
  const verdicts = [...new Set(arms.map(({ verdict }) => verdict))];
  const inside = arms.filter(
    ({ arm, verdict, insideNull, change }) => insideNull && change.n > 0 && arm !== "null" && verdict !== "equal",
  );
  const groups = verdicts.map((verdict) => [verdict, arms.filter((arm) => arm.verdict === verdict)] as const);
  const named = (some: readonly HarmArm[]) => some.map(({ arm }) => arm).join(", ");
  return [
    ...groups.map(([verdict, some]) => `${verdict}: ${named(some)}`),
    ...(inside.length > 0 ? [`every pair within the null's range: ${named(inside)}`] : []),
  ].join("; ");
}

function altText(cells: readonly HarmCell[], config: HarmConfig, manifest: RunRecord["manifest"]): string {
  const words = cells.map((cell) => {
    const means = others(cell).map(
      ({ arm, change }) => `${arm} ${change.mean === null ? "unknown" : points(change.mean)}`,
    );
    return `${cellText(cell, config)}: ${listed(means)}`;
  });
  return `Changes of the test accuracy against ReLU'(0) = 0, ${nameOf(config)} on ${config.label ?? datasetOf(manifest, config)}, in ${POINTS}, pair by pair, over the range of trainings that differ by one rounding. Means: ${words.join("; ")}.`;
}

function tableOf(cells: readonly HarmCell[]): TableRow[] {
  return cells.flatMap(({ arms, nullRange, ...cell }) =>
    arms.map(({ change, beyondNull, ...arm }) => ({
      ...cell,
      ...arm,
      ...{ pairs: change.n, difference: change.mean, low: change.low, high: change.high, isRange: change.isRange },
      ...{ beyondNull: beyondNull.mean, beyondLow: beyondNull.low, beyondHigh: beyondNull.high },
      ...{ nullLow: nullRange?.[0] ?? null, nullHigh: nullRange?.[1] ?? null },
    })),
  );
}
