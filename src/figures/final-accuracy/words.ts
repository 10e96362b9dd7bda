/** The words under `final-accuracy`. */

import type { TrainingCell, TrainingConfig } from "../../experiments";
import { precisionOf } from "../../formats";
import { sumOf } from "../../util";
import type { RunRecord } from "../definition";
import type { PublishedAccuracy } from "../published";
import { outcomesText } from "../training-kinds";
import { captionOf, counted, datasetOf, paragraph, sourceSentence, whole } from "../vocabulary";

/** Runs and failures; network and optimizer; data and engine; what the published numbers are. */
export const accuracyCaption = (
  cells: readonly TrainingCell[],
  config: TrainingConfig,
  manifest: RunRecord["manifest"],
  published: readonly PublishedAccuracy[],
): string =>
  captionOf(
    runsParagraph(cells, config),
    networkParagraph(cells, config),
    dataParagraph(config, manifest),
    published.length > 0 ? publishedParagraph(published) : "",
  );

const runsParagraph = (cells: readonly TrainingCell[], config: TrainingConfig): string =>
  paragraph(
    outcomesText(cells, config),
    cells.some(({ diverged }) => diverged > 0) && "A cross on the axis says how many diverged there.",
    "Small points: runs.",
    config.runs > 1
      ? "Large points and bars: means of all finished runs, those at chance among them, with bootstrap 95 % intervals, which are too narrow for few runs; on the right over pairs of runs with the same start and the same mini-batches."
      : "No intervals.",
  );

function networkParagraph(cells: readonly TrainingCell[], config: TrainingConfig): string {
  const { network, widths, schedule, epochs, batchSize, precisions, chainRules } = config;
  const rates = new Set(cells.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  return paragraph(
    `Network: ${network}, ${widths ? `widths ${widths.join(", ")}` : "full width"}.`,
    `Optimizers: ${[...rates].join(", ")}; schedule ${schedule.kind}, ${counted(epochs, "epoch")}, mini-batches of ${batchSize}; ${precisions.map((id) => precisionOf(id).label).join(", ")}.`,
    `Chain rule: ${chainRules.join(", ")}.`,
  );
}

function dataParagraph(config: TrainingConfig, manifest: RunRecord["manifest"]): string {
  const { dataset, test } = manifest.environment ?? {};
  const count = (n: number | undefined) => (n === undefined ? "an unknown number of" : whole(n));
  const data = `${datasetOf(manifest, config)}; trained on ${count(dataset?.count)} images, tested on ${count(test?.count)}`;
  return sourceSentence({ data, engine: config.engine, threads: config.threads, seed: config.seed });
}

function publishedParagraph(published: readonly PublishedAccuracy[]): string {
  const has = (kind: PublishedAccuracy["how"]) => published.some(({ how }) => how === kind);
  const epochs = [...new Set(published.map((point) => point.epochs))].join(" or ");
  const failed = sumOf(published, (point) => point.failed ?? 0);
  const data = published.some(({ dataset }) => dataset === "svhn") ? "on the split extra" : "on all training images";
  const what = [
    ...(has("counted") ? ["means of the published table, without the runs that failed"] : []),
    ...(has("read from figure") ? ["medians read off a figure"] : []),
  ];
  return paragraph(
    `Published (black): Bertoin et al. 2021, full-sized networks, ${epochs} epochs ${data}, 32 bits, GPUs, gradient overwritten at zeros, runs not paired; ${what.join("; ")}.`,
    has("counted") && `Runs that failed there: ${failed}${failed > 0 ? ", the black crosses" : ""}.`,
  );
}
