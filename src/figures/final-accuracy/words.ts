/** The words under `final-accuracy`. */

import type { TrainingCell, TrainingConfig } from "../../experiments";
import { precisionOf } from "../../formats";
import type { RunRecord } from "../definition";
import type { PublishedAccuracy } from "../published";
import { outcomesText } from "../training-kinds";

/** What the dataset is called: by the configuration, else by whoever loaded it. */
export function datasetOf({ label, dataset }: TrainingConfig, { environment }: RunRecord["manifest"]): string {
  return label ?? environment?.dataset?.description ?? dataset;
}

/** Runs and failures; network and optimizer; data and engine; what stands for the published numbers. */
export function accuracyCaption(
  cells: readonly TrainingCell[],
  config: TrainingConfig,
  manifest: RunRecord["manifest"],
  published: readonly PublishedAccuracy[],
): string {
  const lines = [runsLine(cells, config), networkLine(cells, config), dataLine(config, manifest)];
  return [...lines, ...(published.length > 0 ? [publishedLine(published)] : [])].join("\n");
}

function runsLine(cells: readonly TrainingCell[], config: TrainingConfig): string {
  const bars =
    config.runs > 1
      ? "Large points and bars: means of all finished runs, those at chance too, and bootstrap 95 % intervals, too narrow for few runs; right, over pairs of runs with the same start and the same batches."
      : "One run each: no intervals.";
  return `${outcomesText(cells, config)}; a cross on the axis says how many diverged there. Small points: runs. ${bars}`;
}

function networkLine(cells: readonly TrainingCell[], config: TrainingConfig): string {
  const rates = new Set(cells.map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  const bits = config.precisions.map((p) => precisionOf(p).label).join(", ");
  const widths = config.widths ? `, widths ${config.widths.join(", ")}` : ", full width";
  return `Network: ${config.network}${widths}. Optimizers: ${[...rates].join(", ")}; schedule ${config.schedule.kind}, ${config.epochs} epochs, batch ${config.batchSize}; ${bits}. Chain rule: ${config.chainRules.join(", ")}.`;
}

function dataLine(config: TrainingConfig, manifest: RunRecord["manifest"]): string {
  const { dataset, test } = manifest.environment ?? {};
  const count = (n: number | undefined) => (n === undefined ? "?" : n.toLocaleString("en"));
  const images = `${count(dataset?.count)} images trained on, ${count(test?.count)} tested on`;
  const data = dataset?.description ?? datasetOf(config, manifest);
  return `Data: ${data}; ${images}. Engine: ${config.engine}, ${config.threads} thread${config.threads === 1 ? "" : "s"}, seed ${config.seed}.`;
}

function publishedLine(published: readonly PublishedAccuracy[]): string {
  const epochs = [...new Set(published.map((point) => point.epochs))].join(" or ");
  const failed = published.reduce((sum, point) => sum + (point.failed ?? 0), 0);
  const counted = published.some(({ how }) => how === "counted")
    ? `means of the published table without the runs that failed (${failed}${failed > 0 ? ": the black crosses" : ""})`
    : "";
  const read = published.some(({ how }) => how === "read from figure") ? "medians read off a figure" : "";
  const how = [counted, read].filter((words) => words !== "").join(", ");
  const data = published.some(({ dataset }) => dataset === "svhn") ? "on the split extra" : "on all training images";
  return `Published (black): Bertoin et al. 2021, full-sized networks, ${epochs} epochs ${data}, 32 bits, GPUs, gradient overwritten at zeros, runs not paired; ${how}.`;
}
