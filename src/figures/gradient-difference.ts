/** Size of the difference between the gradients for two values of ReLU'(0), and on how many mini-batches there is one. */

import {
  type DifferenceCell,
  type GradientDifferenceConfig,
  type GradientDifferenceRow,
  gradientDifference,
} from "../experiments";
import { inOrder, precisionOf, precisionWords } from "../formats";
import { quantile } from "../util";
import type { RunRecord } from "./definition";
import { baseLayout, withLayout } from "./layout";
import { precisionStyle } from "./palette";
import type { Figure, Trace } from "./types";

/** The criterion of the paper: the first layer's weights. */
const COLUMN = "relativeL2FirstLayer";
const DASHES: Readonly<Record<string, string>> = { multiply: "solid", overwrite: "dot" };
const INK = "#222222";
/** Steps of a distribution function that are drawn; more could not be told apart. */
const STEPS = 400;

export function drawGradientDifference({
  rows,
  config,
  manifest,
}: RunRecord<GradientDifferenceConfig, GradientDifferenceRow>): Figure {
  const summary = gradientDifference.summarize(rows, config);
  const dataset = manifest.environment?.dataset?.description ?? config.dataset;
  const curves = summary.map((cell) => ({ cell, sizes: sizesOf(rows, cell) }));
  const title = "By how much does ReLU'(0) change the gradient?";
  const caption = captionOf(summary, curves, config, dataset);
  const size = { width: 980, height: 600 };
  const [a, b] = config.pair;
  const layout = withLayout(
    baseLayout({
      title,
      subtitle: `Gradients of one mini-batch for ReLU'(0) = ${a} and ReLU'(0) = ${b}, first layer's weights; freshly drawn networks, ${config.depth} × ${config.width}`,
      caption,
      ...size,
      legendRows: Math.ceil(curves.filter(({ sizes }) => sizes.length > 0).length / 4) + 1,
      room: { left: 76, below: 64 },
    }),
    {
      xaxis: {
        type: "log",
        title: { text: `relative L2 size of the difference, ‖g(${b}) − g(${a})‖ / ‖g(${a})‖` },
        dtick: 1,
        ...rangeOf(curves.flatMap(({ sizes }) => sizes)),
        domain: [0, 0.55],
        anchor: "y",
      },
      yaxis: {
        title: { text: "share of the differing mini-batches" },
        range: [-0.02, 1.03],
        tickformat: ".0%",
        anchor: "x",
      },
      xaxis2: {
        tickvals: config.precisions.map((_, k) => k),
        ticktext: inOrder(config.precisions).map((precision) => precisionStyle(precision).label),
        range: [-0.6, config.precisions.length - 0.4],
        domain: [0.68, 1],
        anchor: "y2",
        showgrid: false,
      },
      yaxis2: { type: "log", dtick: 1, title: { text: "share with a difference (logarithmic)" }, anchor: "x2" },
    },
  );
  return {
    name: "gradient-difference",
    title,
    data: [...curves.map(({ cell, sizes }) => distribution(cell, sizes)), ...shares(summary, config)],
    layout,
    alt: altOf(summary, dataset),
    caption,
    table: summary,
    ...size,
  };
}

function sizesOf(rows: readonly GradientDifferenceRow[], { precision, chainRule }: DifferenceCell): number[] {
  const own = rows.filter((row) => row.precision === precision && row.chainRule === chainRule);
  const sizes = own.flatMap((row) => row[COLUMN] ?? []).filter((size) => size !== null);
  return sizes.sort((x, y) => x - y);
}

/** Whether a logarithmic axis can show it. */
const drawable = (size: number) => size > 0 && Number.isFinite(size);

/** All of it, with some room at both ends. */
function rangeOf(sizes: readonly number[]): { readonly range?: readonly number[] } {
  const exponents = sizes.filter(drawable).map(Math.log10);
  if (exponents.length === 0) return {};
  return { range: [quantile(exponents, 0) - 0.2, quantile(exponents, 1) + 0.2] };
}

/** Empirical distribution function; sizes that cannot be drawn count in its height. */
function distribution({ precision, chainRule }: DifferenceCell, sizes: readonly number[]): Trace {
  const { label, color } = precisionStyle(precision);
  const n = Math.min(STEPS, sizes.length);
  const heights = Array.from({ length: n }, (_, i) => (i + 1) / n);
  const at = (p: number) => (n === sizes.length ? sizes[Math.round(p * n) - 1]! : quantile(sizes, p));
  const steps = heights.map((y) => ({ x: at(y), y })).filter(({ x }) => drawable(x));
  const [first] = steps;
  // up from the height of what cannot be drawn
  const drawn = first ? [{ x: first.x, y: first.y - 1 / n }, ...steps] : [];
  return {
    type: "scatter",
    mode: "lines",
    name: `${label}, ${chainRule}`,
    x: drawn.map(({ x }) => x),
    y: drawn.map(({ y }) => y),
    line: { color, dash: DASHES[chainRule], shape: "hv", width: 2.5 },
    hovertext: drawn.map(({ x, y }) => `${label}, ${chainRule}: ${(100 * y).toFixed(1)} % at most ${x.toPrecision(3)}`),
    hoverinfo: "text",
  };
}

const SHARES = [
  { name: "of mini-batches", symbol: "circle", shift: -0.12, of: ({ firstLayer }: DifferenceCell) => firstLayer },
  { name: "of initialisations", symbol: "square", shift: 0.12, of: ({ ofRuns }: DifferenceCell) => ofRuns },
] as const;

/** The two shares with their intervals, under the first chain rule; where there is none, the interval's upper end. */
function shares(summary: readonly DifferenceCell[], { chainRules, precisions }: GradientDifferenceConfig): Trace[] {
  return SHARES.map(({ name, symbol, shift, of }) => {
    const points = summary
      .filter(({ chainRule }) => chainRule === chainRules[0])
      .map((cell) => ({ cell, ...of(cell) }))
      .filter(({ share }) => share !== null);
    const y = points.map(({ share, high }) => share || high!);
    return {
      type: "scatter",
      mode: "markers",
      name: `share ${name}`,
      x: points.map(({ cell }) => inOrder(precisions).indexOf(cell.precision) + shift),
      y,
      error_y: {
        type: "data",
        symmetric: false,
        array: points.map(({ share, high }) => (share ? high! - share : null)),
        arrayminus: points.map(({ share, low }) => (share ? share - low! : null)),
        color: INK,
      },
      marker: {
        color: INK,
        symbol: points.map(({ share }) => (share ? symbol : `${symbol}-open`)),
        size: 10,
        line: { width: 2 },
      },
      hovertext: points.map(
        ({ cell, share }) => `${precisionStyle(cell.precision).label}: ${(100 * share!).toPrecision(3)} % ${name}`,
      ),
      hoverinfo: "text",
      xaxis: "x2",
      yaxis: "y2",
    };
  });
}

function captionOf(
  summary: readonly DifferenceCell[],
  curves: readonly { readonly cell: DifferenceCell; readonly sizes: readonly number[] }[],
  config: GradientDifferenceConfig,
  dataset: string,
): string {
  const first = summary.filter(({ chainRule }) => chainRule === config.chainRules[0]);
  const n = first.map(
    (cell) =>
      `${precisionOf(cell.precision).label} ${cell.runs} initialisations, ${cell.differentFirstLayer.toLocaleString("en")} of ${cell.batches.toLocaleString("en")} mini-batches`,
  );
  const total = (column: "failed" | "notANumber") => summary.reduce((sum, cell) => sum + cell[column], 0);
  const hidden = curves.reduce((sum, { sizes }) => sum + sizes.filter((size) => !drawable(size)).length, 0);
  const others = config.chainRules.slice(1).map((rule) => {
    const apart = first.filter(
      ({ precision, differentFirstLayer }) =>
        summary.find((cell) => cell.chainRule === rule && cell.precision === precision)!.differentFirstLayer !==
        differentFirstLayer,
    );
    return `${rule} gives ${apart.length === 0 ? "the same counts" : `other counts at ${precisionWords(apart.map(({ precision }) => precision))}`}`;
  });
  return [
    `n (chain rule ${config.chainRules[0]}): ${n.join("; ")}. ${others.length > 0 ? `${others.join("; ")}. ` : ""}Failed: ${total("failed")}; mini-batches with a NaN: ${total("notANumber")}; sizes of 0 or infinity, which the axis cannot show: ${hidden}.`,
    `Bars: Wilson 95 % intervals; those of mini-batches take them as independent, though mini-batches of one initialisation share its network. Open markers: none was found, drawn at the upper end of the interval.`,
    `${config.depth} hidden layers of ${config.width} neurons${config.firstActivation ? "" : ", no ReLU behind the first"}, batch ${config.batchSize}, the full mini-batches of one pass of ${config.images.toLocaleString("en")} images in order, each mini-batch with a gradient of its own. Data: ${dataset}. Engine: ${config.engine}, seed ${config.seed}.`,
  ].join("\n");
}

function altOf(summary: readonly DifferenceCell[], dataset: string): string {
  const words = summary.map(({ precision, chainRule, firstLayer, batches, relativeL2FirstLayer: size }) => {
    const share = firstLayer.share === null ? "unknown" : `${(100 * firstLayer.share).toPrecision(3)} %`;
    const median = size === null ? "" : `, median relative size ${size.median.toPrecision(2)}`;
    return `${precisionOf(precision).label}, ${chainRule}: ${share} of ${batches} mini-batches${median}`;
  });
  return `Left, the distribution of the relative L2 size of the difference between the first layer's gradients for two values of ReLU'(0), on ${dataset}; right, the share of mini-batches and of initialisations with a difference. ${words.join("; ")}.`;
}
