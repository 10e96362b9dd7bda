/** Training loss and test accuracy, epoch by epoch, of each kind of run of a sweep: Bertoin et al. 2021, section 4.3. */
import { type TrainingConfig, type TrainingRow, training } from "../../experiments";
import { precisionOf } from "../../formats";
import { networkTitle } from "../../nn";
import { FEWEST_FOR_AN_INTERVAL } from "../../util";
import type { RunRecord } from "../definition";
import { baseLayout, legendRowsOf, withLayout } from "../layout";
import { networkSentence, outcomesText, trainingData, trainingTitle } from "../training-kinds";
import type { Figure, TableRow } from "../types";
import {
  capital,
  captionOf,
  datasetOf,
  networkName,
  notingEmpty,
  paragraph,
  sourceSentence,
  whole,
} from "../vocabulary";
import { ACCURACY, axes, isLogarithmic, PANELS, panelsOfPublished } from "./axes";
import { type Curve, curvesOf, points } from "./curves";
import { divergedTraces, keyTraces, ourTraces, publishedTraces } from "./traces";

const WIDTH = 980;

/**
 * The figure of trainings epoch by epoch: training loss and test accuracy for each value of ReLU'(0).
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawTrainingCurves, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 2, values: [0, 1], precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawTrainingCurves(run);
 * console.log(figure.title, figure.table.length); // Does ReLU'(0) matter for training? Narrow perceptron, epoch by epoch 8
 * ```
 */
export function drawTrainingCurves({ rows, config, manifest }: RunRecord<TrainingConfig, TrainingRow>): Figure {
  const curves = curvesOf(rows, config);
  const { all, drawn, keys } = curves;
  const network = capital(networkName(config));
  const dataset = trainingData(manifest, config);
  const within = panelsOfPublished(all);
  const numbers = [
    ...PANELS.flatMap((panel) => ourTraces(drawn, panel, !keys && panel === PANELS[0])),
    ...keyTraces(curves),
    ...within.flatMap((panel) => publishedTraces(all, panel, panel === within[0])),
  ];
  const data = [...numbers, ...divergedTraces(drawn, ACCURACY)];
  const legendRows = legendRowsOf(data, WIDTH);
  const size = { width: WIDTH, height: 580 + 24 * Math.max(0, legendRows - 2) };
  const title = trainingTitle(config, "epoch by epoch");
  const caption = wordsOf(all, drawn, rows, config, datasetOf(manifest, config));
  const subtitle = `${network} on ${dataset}`;
  const layout = withLayout(
    baseLayout({ title, subtitle, caption, ...size, legendRows, room: { above: 26, left: 84 } }),
    axes(all, rows, config),
  );
  return {
    name: "training-curves",
    title,
    data,
    layout: notingEmpty(layout, numbers, rows),
    alt: altOf(drawn, config, config.label ?? datasetOf(manifest, config)),
    caption,
    table: tableOf(all),
    ...size,
  };
}

/** A row for each point, ours and published. */
const tableOf = (curves: readonly Curve[]): TableRow[] =>
  curves.flatMap(({ label, rows, theirs }) =>
    PANELS.flatMap(({ column }) => [
      ...points(rows, column).map((point) => ({ curve: label, column, ...point })),
      ...theirs.map((one) => ({
        ...{ curve: label, column, source: "published" },
        ...{ epoch: one.epoch, n: one.runs, mean: one[column] },
      })),
    ]),
  );

function wordsOf(
  curves: readonly Curve[],
  drawn: readonly Curve[],
  rows: readonly TrainingRow[],
  config: TrainingConfig,
  dataset: string,
): string {
  const { runs, schedule, batchSize, precisions, chainRules, engine, threads, seed } = config;
  const images = new Set(rows.map((row) => row.testCount).filter((count) => count !== 0));
  const rates = new Set(rows.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  const all = curves.flatMap(({ rows: own }) => points(own, "trainLoss"));
  const zeros = isLogarithmic(curves) ? all.filter(({ mean }) => mean === 0).length : 0;
  return captionOf(
    paragraph(
      outcomesText(training.summarize(rows, config).cells, config),
      runs > 1 && "Lines: means. Small points: the runs, those of each curve beside those of the others.",
      runs < FEWEST_FOR_AN_INTERVAL ? "No intervals." : "Bars: bootstrap 95 % intervals of the mean.",
      drawn.length < curves.length &&
        "Equal: every loss and every accuracy of every run is the same, so there is one curve.",
      all.some((point) => point.fewer) && "Empty markers: means of the runs that are left.",
      zeros > 0 && `Mean losses of exactly 0, which a logarithmic axis cannot show: ${zeros}.`,
      "Runs of the same number start with the same network and see the same mini-batches.",
    ),
    paragraph(
      networkSentence(config),
      `Optimizers: ${[...rates].join(", ")}; schedule ${schedule.kind}; mini-batches of ${batchSize}; ${precisions.map((id) => precisionOf(id).label).join(", ")}.`,
      `Chain rule: ${chainRules.join(", ")}.`,
      images.size > 0 && `Accuracy on ${[...images].map(whole).join(", ")} test images.`,
    ),
    sourceSentence({ data: dataset, engine, threads, seed }),
    paragraph(
      curves.some((curve) => curve.theirs.length > 0) &&
        `Published (thin and black): Bertoin et al. 2021, the first epochs of ${config.dataset === "svhn" ? 100 : 200}; full-sized networks, all training images, 32 bits, GPUs, gradient overwritten at zeros. Where they would make an axis more than half as long again, a line over the panel says between what they lie.`,
    ),
  );
}

function altOf(curves: readonly Curve[], { network, runs }: TrainingConfig, dataset: string): string {
  const words = curves.map(({ label, rows }) => {
    const last = points(rows, "testAccuracy").at(-1);
    if (!last) return `${label}: no accuracy`;
    const left = last.n < runs ? ` (${last.n} of ${runs} runs)` : "";
    return `${label}: ${(100 * last.mean).toFixed(2)} % after epoch ${last.epoch}${left}`;
  });
  const diverged = curves.flatMap(({ rows }) => rows).filter((row) => row.outcome === "diverged").length;
  return `Two panels show training loss and test accuracy by epoch, ${networkTitle(network)} on ${dataset}. Test accuracy: ${words.join("; ")}. Diverged runs: ${diverged}.`;
}
