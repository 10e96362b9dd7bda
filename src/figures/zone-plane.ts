/** The neighbourhood of a bifurcation on a plane of weights, in 64 and in 32 bits: Bertoin et al. 2021, introduction. */
import { type PlaneConfig, type PlaneRow, type PlaneSummary, zonePlane } from "../experiments";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { colors } from "./palette";
import type { Figure, Layout, Trace } from "./types";

const TITLE = "A bifurcation from near by";
const SIZE = { width: 1040, height: 680 };
/** Coordinates are drawn in millionths. */
const UNIT = 1e6;
const PANELS = [
  { column: "z64", bits: 64, suffix: "", domain: [0, 0.46] },
  { column: "z32", bits: 32, suffix: "2", domain: [0.54, 1] },
] as const;

export function drawZonePlane({ rows, config, manifest }: RunRecord<PlaneConfig, PlaneRow>): Figure {
  const summary = zonePlane.summarize(rows, config);
  const dataset = manifest.environment?.dataset?.description;
  const scale = scaleOf(rows);
  const caption = captionOf(summary, config, dataset ?? config.dataset);
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
    ...PANELS.map(({ suffix }, i) => zeroMarks(zeros, suffix, i === 0, config)),
    ...PANELS.map(({ suffix }, i) => bifurcationMark(suffix, i === 0)),
  ];
  const table = rows.map(({ x, y, z64, z32 }) => ({ x, y, z64, z32 }));
  return { name: "zone-plane", title: TITLE, data, layout, alt: altOf(summary, config), caption, table, ...SIZE };
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
  panel: (typeof PANELS)[number],
  scale: readonly [number, number],
  bar: boolean,
): Trace {
  const { column, bits, suffix } = panel;
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
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
  };
}

const zeroMarks = (zeros: readonly PlaneRow[], suffix: string, legend: boolean, { points }: PlaneConfig): Trace => ({
  type: "scatter",
  mode: "markers",
  name: "exactly 0 in 32 bits",
  legendgroup: "zeros",
  showlegend: legend,
  x: zeros.map((row) => row.x * UNIT),
  y: zeros.map((row) => row.y * UNIT),
  marker: {
    color: colors.vermillion,
    symbol: "square",
    size: Math.min(12, Math.max(3, 400 / points)),
    opacity: suffix === "" ? 0.7 : 1,
  },
  hoverinfo: "skip",
  xaxis: `x${suffix}`,
  yaxis: `y${suffix}`,
});

const bifurcationMark = (suffix: string, legend: boolean): Trace => ({
  type: "scatter",
  mode: "markers",
  name: "the training's own weights",
  legendgroup: "bifurcation",
  showlegend: legend,
  x: [0],
  y: [0],
  marker: { color: colors.black, symbol: "circle-open", size: 18, line: { width: 2.5 } },
  hoverinfo: "skip",
  xaxis: `x${suffix}`,
  yaxis: `y${suffix}`,
});

function axes({ points, extent }: PlaneConfig): Layout {
  // from the first cell's edge to the last one's
  const range = [-1 - 1 / points, 1 - 1 / points].map((side) => side * extent * UNIT);
  const found = PANELS.flatMap(({ suffix, domain }) => [
    [
      `xaxis${suffix}`,
      { title: { text: "x (10<sup>−6</sup>)" }, range, domain, anchor: `y${suffix}`, showgrid: false },
    ],
    [`yaxis${suffix}`, { title: { text: "y (10<sup>−6</sup>)" }, range, anchor: `x${suffix}`, showgrid: false }],
  ]);
  const annotations = PANELS.map(({ bits, domain }) => ({
    text: `<b>${bits} bits</b>`,
    x: (domain[0] + domain[1]) / 2,
    y: 1,
    xref: "paper",
    yref: "paper",
    xanchor: "center",
    yanchor: "bottom",
    yshift: 6,
  }));
  return { ...Object.fromEntries(found), annotations };
}

/** "hidden layer 1, neuron 267, image 117 of mini-batch 65" */
const placeOf = ({ place }: PlaneSummary) =>
  place
    ? `hidden layer ${place.layer}, neuron ${place.neuron}, image ${place.sample} of mini-batch ${place.iteration} (run ${place.trial + 1})`
    : "none";

function captionOf(summary: PlaneSummary, config: PlaneConfig, dataset: string): string {
  const { widths, points, seed, engine } = config;
  return [
    `n = 1 bifurcation: ${placeOf(summary)}; counts of neurons, images and mini-batches from 0. Hidden neurons ${widths.join("-")}. P₁, P₂: uniform in [0, 1), of the shape of the layer's weights, with Frobenius norm 1. ${points} × ${points} points, ${summary.points} drawn; exactly 0 at ${summary.zeros32} in 32 bits, at ${summary.zeros64} in 64.`,
    "In 32 bits the weights are rounded once and the sum is the engine's, in the order of the training. Published, 64 bits: iteration 65, image 117, neuron 267 of the first layer; a straight valley of about 10⁻⁹ at its bottom, more than 10⁻⁶ in the corners.",
    `Data: ${dataset}. Engine: ${engine}, 1 thread, seed ${seed}.`,
  ].join("\n");
}

function altOf(summary: PlaneSummary, { extent }: PlaneConfig): string {
  const range = `${summary.smallest64?.toExponential(1)} to ${summary.largest64?.toExponential(1)}`;
  return `Two maps of the absolute pre-activation of one neuron over a plane of weights, from −${extent.toExponential()} to ${extent.toExponential()} along each direction: ${placeOf(summary)}. In 64 bits a straight valley runs through it, ${range}; in 32 bits ${summary.zeros32} of ${summary.points} points are exactly 0.`;
}
