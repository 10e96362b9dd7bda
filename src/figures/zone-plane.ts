/** The neighbourhood of a bifurcation on a plane of weights, in 64 and in 32 bits: Bertoin et al. 2021, introduction. */
import { type PlaneConfig, type PlaneRow, type PlaneSummary, zonePlane } from "../experiments";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { colors, colorway } from "./palette";
import type { Figure, Layout, Trace } from "./types";
import {
  axesOf,
  captionOf,
  datasetOf,
  inPanel,
  notingEmpty,
  type Panel,
  panelGrid,
  panelNote,
  paragraph,
  sourceSentence,
  spans,
  whole,
} from "./vocabulary";

const TITLE = "A bifurcation up close";
const SIZE = { width: 1040, height: 680 };
/** Coordinates are drawn in millionths. */
const UNIT = 1e6;
const [LEFT, RIGHT] = panelGrid(spans(2, 0.08)) as [Panel, Panel];
const PANELS = [
  { ...LEFT, column: "z64", bits: 64 },
  { ...RIGHT, column: "z32", bits: 32 },
] as const;
type PanelOfBits = (typeof PANELS)[number];

/**
 * The figure of `zonePlane`: the pre-activation on a plane of weights around an exact zero, in 64 and 32 bits.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawZonePlane, runExperiment, zonePlane } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const run = await runExperiment(zonePlane, { preset: "smoke", set: { points: 4 }, runs, workers: 0 });
 * const figure = drawZonePlane(run);
 * console.log(figure.title); // A bifurcation up close
 * ```
 */
export function drawZonePlane({ rows, config, manifest }: RunRecord<PlaneConfig, PlaneRow>): Figure {
  const summary = zonePlane.summarize(rows, config);
  const scale = scaleOf(rows);
  const caption = wordsOf(summary, config, datasetOf(manifest, config));
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle:
        "|pre-activation| of one neuron and image at the weights W + x·P₁ + y·P₂, W those of the first exact zero in 32 bits",
      caption,
      ...SIZE,
      room: { left: 76, right: 120, above: 36 },
    }),
    axes(config),
  );
  const zeros = rows.filter((row) => row.z32 === 0);
  const data = [
    ...PANELS.map((panel, i) => contours(rows, panel, scale, i === 1)),
    ...PANELS.map((panel) => zeroMarks(zeros, panel, config)),
    ...PANELS.map(bifurcationMark),
  ];
  const table = rows.map(({ x, y, z64, z32 }) => ({ x, y, z64, z32 }));
  return {
    name: "zone-plane",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, "no exact zero was met"),
    alt: altOf(summary, config),
    caption,
    table,
    ...SIZE,
  };
}

const axisOf = (rows: readonly PlaneRow[], name: "x" | "y") =>
  [...new Set(rows.map((row) => row[name]))].sort((a, b) => a - b);

/** Whole decades around everything that is not exactly 0, as exponents. */
function scaleOf(rows: readonly PlaneRow[]): readonly [number, number] {
  const logs = rows.flatMap(({ z64, z32 }) => [z64, z32].filter((z) => z > 0).map(Math.log10));
  if (logs.length === 0) return [-9, -5];
  return [Math.floor(logs.reduce((a, b) => Math.min(a, b))), Math.ceil(logs.reduce((a, b) => Math.max(a, b)))];
}

function contours(
  rows: readonly PlaneRow[],
  panel: PanelOfBits,
  scale: readonly [number, number],
  bar: boolean,
): Trace {
  const { column, bits } = panel;
  const [xs, ys] = [axisOf(rows, "x"), axisOf(rows, "y")];
  const values = new Map(rows.map((row) => [`${row.x}/${row.y}`, row[column]]));
  // an exact zero has no logarithm: a hole, which a mark fills
  const z = ys.map((y) => xs.map((x) => values.get(`${x}/${y}`) || null));
  const [zmin, zmax] = scale;
  const decades = Array.from({ length: zmax - zmin + 1 }, (_, i) => zmin + i);
  return {
    // 32 bits have no level lines: neighbouring points jump on the grid of numbers
    type: bits === 64 ? "contour" : "heatmap",
    x: xs.map((x) => x * UNIT),
    y: ys.map((y) => y * UNIT),
    z: z.map((line) => line.map((value) => value && Math.log10(value))),
    zmin,
    zmax,
    ...(bits === 64
      ? { contours: { coloring: "heatmap", start: zmin, end: zmax, size: 0.5 }, line: { color: "white", width: 0.5 } }
      : {}),
    showscale: bar,
    colorbar: {
      title: { text: "|pre-activation|", side: "right", font: { size: 13 } },
      tickvals: decades,
      ticktext: decades.map((k) => `10<sup>${k}</sup>`),
    },
    hovertext: z.map((line) => line.map((value) => `${bits} bits: ${value ?? 0}`)),
    hoverinfo: "text",
    showlegend: false,
    ...inPanel(panel),
  };
}

/** A mark without words, with one entry in the legend. */
const mark = (name: string, panel: Panel, at: readonly Point[], marker: object): Trace => ({
  type: "scatter",
  mode: "markers",
  name,
  legendgroup: name,
  showlegend: panel.suffix === "",
  x: at.map(({ x }) => x * UNIT),
  y: at.map(({ y }) => y * UNIT),
  marker,
  hoverinfo: "skip",
  ...inPanel(panel),
});

type Point = Pick<PlaneRow, "x" | "y">;

const zeroMarks = (zeros: readonly Point[], panel: Panel, { points }: PlaneConfig): Trace =>
  mark("exactly 0 in 32 bits", panel, zeros, {
    color: colorway[6],
    symbol: "square",
    size: Math.min(12, Math.max(3, 400 / points)),
    opacity: panel === PANELS[0] ? 0.7 : 1,
  });

const bifurcationMark = (panel: Panel): Trace =>
  mark("the training's own weights", panel, [{ x: 0, y: 0 }], {
    color: colors.black,
    symbol: "circle-open",
    size: 18,
    line: { width: 2.5 },
  });

function axes({ points, extent }: PlaneConfig): Layout {
  // from the first cell's edge to the last one's
  const range = [-1 - 1 / points, 1 - 1 / points].map((side) => side * extent * UNIT);
  const axis = (name: string) => ({ title: { text: `${name} (10<sup>−6</sup>)` }, range, showgrid: false });
  return PANELS.reduce<Layout>(
    (all, panel) =>
      withLayout(all, {
        ...axesOf(panel, axis("x"), axis("y")),
        annotations: [panelNote(panel, `<b>${panel.bits} bits</b>`, "center")],
      }),
    { annotations: [] },
  );
}

/** "hidden layer 1, neuron 267, image 117 of mini-batch 65" */
const placeOf = ({ place }: PlaneSummary) =>
  place
    ? `hidden layer ${place.layer}, neuron ${place.neuron}, image ${place.sample} of mini-batch ${place.iteration} (run ${place.trial + 1})`
    : "none";

function wordsOf(summary: PlaneSummary, config: PlaneConfig, description: string): string {
  const { dataset, widths, points, seed, engine } = config;
  return captionOf(
    paragraph(
      `n = 1 bifurcation: ${placeOf(summary)}; neurons, images and mini-batches are counted from 0.`,
      `Hidden neurons: ${widths.join("-")}.`,
      "P₁ and P₂ are uniform in [0, 1), of the shape of the layer's weights, with Frobenius norm 1.",
      `${points} × ${points} points, ${whole(summary.points)} computed; exactly 0 at ${summary.zeros32} in 32 bits, at ${summary.zeros64} in 64.`,
    ),
    paragraph(
      "In 32 bits the weights are rounded once, and the engine sums in the order of the training.",
      dataset === "mnist" &&
        "Published (in words only): Bertoin et al. 2021, MNIST, one run. At 32 bits it first meets an exact zero at iteration 65, image 117, neuron 267 of the first layer; the map around it, in 64 bits, shows a straight valley of about 10⁻⁹ at its bottom, more than 10⁻⁶ in the corners.",
    ),
    sourceSentence({ data: description, engine, threads: 1, seed }),
  );
}

function altOf(summary: PlaneSummary, { extent }: PlaneConfig): string {
  const range = `${summary.smallest64?.toExponential(1)} to ${summary.largest64?.toExponential(1)}`;
  return `Two maps of the absolute pre-activation of one neuron over a plane of weights, from −${extent.toExponential()} to ${extent.toExponential()} along each direction: ${placeOf(summary)}. In 64 bits a straight valley runs through it, ${range}; in 32 bits ${summary.zeros32} of ${summary.points} points are exactly 0.`;
}
