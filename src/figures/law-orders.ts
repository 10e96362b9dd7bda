/** The same networks with their sums added in several orders, beside the published shares. */
import { type LawCell, type LawConfig, networkLabel } from "../experiments";
import { type LawRun, lawCaption, lawSummary } from "./law-parts";
import { baseLayout, withLayout } from "./layout";
import { colors } from "./palette";
import { published } from "./published";
import type { Figure, Layout } from "./types";
import {
  axesOf,
  categoryAxis,
  type Mark,
  notingEmpty,
  panelGrid,
  panelNote,
  publishedSeries,
  series,
  shareAxis,
  spans,
} from "./vocabulary";

const TITLE = "Does the order of summation decide how often 32 bits meet an exact zero?";
const SIZE = { width: 980, height: 560 };

/** Of 1000 published runs on GPUs, by layers and neurons; their batch size is 256. */
function publishedShares({ widths }: LawCell, { dataset }: LawConfig): number[] {
  const list = widths.split("-").map(Number);
  if (dataset !== "mnist") return [];
  const [depth, width] = [list.length, list[0]!];
  const rows = published("bifurcation-frequency").filter(({ precision, how }) => precision === 32 && how === "counted");
  const own = rows.filter(({ panel, x }) =>
    panel === "neurons" ? depth === 3 && x === width : panel === "layers" && width === 256 && x === depth,
  );
  const sized = rows.filter(({ panel, x }) => panel === "batch size" && x === 256 && depth === 3 && width === 256);
  return [...own, ...sized].map(({ different, runs }) => different! / runs!);
}

/**
 * The figure of `law` by order of summation at 32 bits: the share of initialisations that meet an exact zero, beside the published
 * one.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawLawOrders, law, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64] }];
 * const set = { dataset: "glyphs", networks, precisions: [32], orders: ["engine", "in-turn"], images: 512, runs: 2, predictedRuns: 2 };
 * const run = await runExperiment(law, { set, runs, workers: 0 });
 * const figure = drawLawOrders(run);
 * console.log(figure.title); // Does the order of summation decide how often 32 bits meet an exact zero?
 * ```
 */
export function drawLawOrders(run: LawRun): Figure {
  const cells = lawSummary(run).cells.filter(({ share, precision }) => share !== null && precision === 32);
  const networks = [...new Set(cells.map(({ widths }) => widths))];
  const grid = panelGrid(spans(Math.max(1, networks.length), 0.1));
  const groups = (networks.length === 0 ? [""] : networks).map((widths) =>
    cells.filter((cell) => cell.widths === widths),
  );
  const top = Math.min(
    1,
    1.15 *
      Math.max(0.1, ...cells.map(({ high }) => high!), ...cells.flatMap((cell) => publishedShares(cell, run.config))),
  );
  const data = groups.flatMap((own, i) => {
    const panel = grid[i]!;
    const common = { panel, legend: i === 0 };
    const theirs = own[0] ? publishedShares(own[0], run.config) : [];
    return [
      series(
        own.map((cell, k): Mark => markOf(cell, k - 0.08)),
        { ...common, name: "32 bits, counted", color: colors.blue, symbol: "circle", intervals: true },
      ),
      series(
        own.map(
          (cell, k): Mark => ({
            ...markOf(cell, k + 0.12),
            y: cell.predictedShare ?? Number.NaN,
            low: null,
            high: null,
          }),
        ),
        {
          ...common,
          name: "predicted",
          color: "#444444",
          symbol: "diamond-open",
          stroke: 2,
          size: 10,
          intervals: false,
        },
      ),
      publishedSeries(
        theirs.map((y): Mark => ({ x: own.length, y, words: `published: ${y}` })),
        {
          ...common,
          name: "published, 1000 runs each on GPUs",
          symbol: "circle-open",
        },
      ),
    ];
  });
  const caption = lawCaption(
    cells,
    run,
    "Bars: Wilson 95 % intervals. All orders are correct; they run on the same networks and images.",
    "engine: the engine's product, then the bias; parts-n: parts of n terms one after the other; pairwise-16: parts of 16 terms in pairs; in-turn: term after term; bias-first: parts added to the bias.",
  );
  const axes: Layout = Object.assign(
    {},
    ...groups.map((own, i) => {
      const names = categoryAxis([...own.map(({ order }) => order), "published"], "order of summation");
      return axesOf(grid[i]!, { ...names, tickangle: -30 }, shareAxis("initialisations with a zero", top));
    }),
  );
  const titles = groups.flatMap(([first], i) => (first ? [panelNote(grid[i]!, `<b>${networkLabel(first)}</b>`)] : []));
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: "Share of initialisations with an exact zero in one pass, 32 bits",
      caption,
      ...SIZE,
      room: { above: 34, below: 92 },
    }),
    { ...axes, annotations: titles },
  );
  return {
    name: "law-orders",
    title: TITLE,
    data,
    layout: notingEmpty(layout, data, run.rows),
    alt: `Shares of initialisations with a zero by order of summation: ${cells.map(({ label, share, predictedShare }) => `${label}: ${share!.toFixed(3)}, predicted ${predictedShare?.toFixed(3) ?? "unknown"}`).join("; ")}.`,
    caption,
    table: cells.map(({ layers: _, ...cell }) => cell),
    ...SIZE,
  };
}

function markOf({ label, met, done, share, low, high }: LawCell, x: number): Mark {
  return { x, y: share!, low: low!, high: high!, words: `${label}: ${met} of ${done}` };
}
