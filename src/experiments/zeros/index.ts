/**
 * How many pre-activations are exactly zero while a perceptron is trained? Bertoin, Bolte, Gerchinovitz and Pauwels (2021),
 * section 4 and appendix. Counted in the training step itself: a row is an epoch and a hidden layer.
 *
 * One thread for each training, so that the rows do not depend on how many run at a time.
 */
import { dataSource } from "../../data";
import { precisionOf } from "../../formats";
import { size } from "../../ir";
import { fail } from "../../util";
import { checkCount, splitCount } from "../common/data";
import { jobsExperiment } from "../common/jobs-experiment";
import { perceptronParameters, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { presets, schema, type ZerosConfig } from "./config";
import { rows, type ZerosRow } from "./rows";
import { type Job, jobKey, jobs, work } from "./runs";
import { summarize, type ZerosSummary } from "./summary";

export type { ZerosConfig } from "./config";
export type { ZerosRow } from "./rows";
export { type Count as ZerosCount, poolZeros, type ZerosCell, type ZerosSummary } from "./summary";

/**
 * Exact zeros among the calls of ReLU in trainings, by architecture, epoch and layer.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, zeros } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 512, testImages: 50, precisions: ["e5m2", 64], depths: [1], widths: [64], epochs: 1 };
 * const { summary } = await runExperiment(zeros, { preset: "smoke", set, runs, workers: 0 });
 * for (const cell of summary) console.log(cell.precision, `${cell.zeros} of ${cell.calls}`);
 * ```
 */
export const zeros = jobsExperiment<ZerosConfig, ZerosSummary, ZerosRow, Job>({
  name: "zeros",
  title: "How many pre-activations are exactly zero?",
  summary: "exact zeros among the ReLU calls of a training, by architecture, precision, epoch and layer",
  source: "Bertoin et al. 2021, section 4",
  schema,
  presets,
  rows,
  summarize,
  folder: "zeros",
  complete,
  images: ({ images }) => ({ split: "train", images }),
  jobs,
  label: ({ precision, depth, width }) => `${precisionOf(precision).label}, ${depth} × ${width}`,
  jobKey,
  whole,
  async work({ dataset, images, epochs }, context) {
    const { shape, classes } = dataSource(dataset);
    const seen = epochs * (images ?? splitCount(dataset, "train", context));
    return (job) => work(job, size(shape), classes, seen);
  },
  longestFirst: true,
  failed: (job, reason, { dataset }) => [rows.failed({ dataset, ...job }, reason)],
});

/** In a mini-batch of a few images, a zero by accident might be taken for a dead unit. */
const FEWEST = 8;

function complete(config: ZerosConfig, context: DataContext): ZerosConfig {
  const { dataset, images, testImages, batchSize, widths, depths } = config;
  const { shape, classes } = dataSource(dataset);
  const largest = new Array(Math.max(...depths)).fill(Math.max(...widths));
  requireFits("widths", perceptronParameters(size(shape), largest, classes));
  const most = splitCount(dataset, "train", context);
  checkCount("images", images, most, dataset);
  checkCount("testImages", testImages, splitCount(dataset, "test", context), dataset);
  const given = images ?? most;
  const least = given % batchSize || batchSize;
  const rule = `must give each mini-batch of the ${given} images at least ${FEWEST} images`;
  if (least < FEWEST) fail("batchSize", rule, batchSize);
  return config;
}

/** Whether the epoch that ended a training is there, and all before it, with all of their layers. */
function whole(own: readonly ZerosRow[]): boolean {
  const last = own.find(({ outcome }) => outcome !== "running");
  return last !== undefined && (last.outcome === "failed" || own.length === last.epoch * last.depth);
}
