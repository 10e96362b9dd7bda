/** The words under `final-accuracy`. */

import type { TrainingConfig } from "../../experiments";
import { precisionOf } from "../../formats";
import { FEWEST_FOR_AN_INTERVAL, pairedMean, sumOf } from "../../util";
import type { RunRecord } from "../definition";
import type { PublishedAccuracy } from "../published";
import { networkSentence, outcomesText } from "../training-kinds";
import { captionOf, counted, datasetOf, paragraph, sourceSentence, spread, whole } from "../vocabulary";
import type { Arm } from "./panels";

/** Runs and failures; network and optimizer; data and engine; what the published numbers are. */
export function accuracyCaption(arms: readonly Arm[], config: TrainingConfig, manifest: RunRecord["manifest"]): string {
  const published = arms.flatMap((arm) => arm.published);
  return captionOf(
    runsParagraph(arms, config),
    networkParagraph(arms, config),
    dataParagraph(config, manifest),
    published.length > 0 ? publishedParagraph(published) : "",
  );
}

const cellsOf = (arms: readonly Arm[]) => arms.flatMap(({ cells }) => cells);

function runsParagraph(arms: readonly Arm[], config: TrainingConfig): string {
  const cells = cellsOf(arms);
  return paragraph(
    outcomesText(cells, config),
    cells.some(({ diverged }) => diverged > 0) && "A cross on the axis says how many diverged there.",
    "Small points: runs.",
    config.runs > 1
      ? `Large points: means of all finished runs, including those at chance; bars: ${endsWords(config.runs)}.`
      : "No intervals.",
    config.values.length > 1 && pairsSentence(arms, config),
  );
}

/** A caption speaks of all settings, some of which may have fewer runs left. */
const endsWords = (runs: number): string =>
  runs < FEWEST_FOR_AN_INTERVAL
    ? `the range of the ${runs} runs or pairs`
    : "bootstrap 95 % intervals, of fewer than 8 their range";

/** How many pairs each difference is a mean of. */
function pairsSentence(arms: readonly Arm[], { runs, values: [first] }: TrainingConfig): string {
  const all = arms.flatMap(({ label, cells }) => {
    const reference = cells.find(({ value }) => value === first)!.accuracies;
    return cells
      .filter(({ value }) => value !== first)
      .map(({ value, accuracies }) => ({ label, value, n: pairedMean(accuracies, reference).n }));
  });
  const fewer = all
    .filter(({ n }) => n < runs)
    .map(({ label, value, n }) => `${n} of ${runs} for ${label} at ${value}`);
  const usual = fewer.length < all.length ? [String(runs)] : [];
  const pairs = fewer.length > MANY ? spread(all.map(({ n }) => n)) : [...usual, ...fewer].join("; ");
  return `On the right: differences of pairs of runs with the same start and the same mini-batches. Pairs per difference, both runs finished: ${pairs}.`;
}

/** More exceptions than these are not named one by one. */
const MANY = 4;

function networkParagraph(arms: readonly Arm[], config: TrainingConfig): string {
  const { schedule, epochs, batchSize, precisions, chainRules } = config;
  const rates = new Set(cellsOf(arms).map(({ optimizer, learningRate }) => `${optimizer} at ${learningRate}`));
  return paragraph(
    networkSentence(config),
    `Optimizers: ${[...rates].join(", ")}; schedule ${schedule.kind}, ${counted(epochs, "epoch")}, mini-batches of ${batchSize}; ${precisions.map((id) => precisionOf(id).label).join(", ")}.`,
    `Chain rule: ${chainRules.join(", ")}.`,
  );
}

function dataParagraph(config: TrainingConfig, manifest: RunRecord["manifest"]): string {
  const { dataset, test } = manifest.environment ?? {};
  const count = (n: number | undefined) => (n === undefined ? "an unknown number of" : whole(n));
  const name = datasetOf(manifest, config);
  const images = `${count(dataset?.count)} images`;
  const trained = name.includes(images) ? "" : `trained on ${images}, `;
  const data = `${name}; ${trained}tested on ${count(test?.count)} images`;
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
    `Published (black): Bertoin et al. 2021, full-sized networks, ${epochs} epochs ${data}, 32 bits, GPUs, gradient overwritten at zeros, runs not paired; ${what.join("; ")}. Where they would make an axis more than half as long again, a line over the panel says between what they lie.`,
    has("counted") && `Runs that failed there: ${failed}${failed > 0 ? ", the black crosses" : ""}.`,
  );
}
