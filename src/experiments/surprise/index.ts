/**
 * The paper's introduction, Figure 1: does it matter for training which value ReLU'(0) has? In exact arithmetic it
 * cannot. Networks from one start, shown the same mini-batches, are trained with ReLU'(0) = 1, 0, and 0 again.
 *
 * A row is an iteration of one run in one precision. The published figure records the distance before the update and the
 * pre-activations of the first hidden layer only; here it is the distance after the update, so that a zero and its effect
 * stand in one row, and all hidden layers.
 */
import { precisionOf } from "../../formats";
import { jobsExperiment } from "../common/jobs-experiment";
import { presets, type SurpriseConfig, schema } from "./config";
import { checkPass, flopOfPass } from "./pass";
import { rows, type SurpriseRow } from "./rows";
import { type Job, jobKey } from "./simulate";
import { type SurpriseSummary, summarize } from "./summary";

export type { PlaneConfig, SurpriseConfig } from "./config";
export type { PlaneRow, SurpriseRow } from "./rows";
export type { RunSummary, SurpriseSummary } from "./summary";
export { type PlaneSummary, zonePlane } from "./zone-plane";

/**
 * Trainings with ReLU'(0) = 0 and 1, step by step: when the first exact zero comes, and how far the weights are apart after it.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { runExperiment, surprise } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 1280, widths: [64], precisions: ["e5m2", 64], runs: 1 };
 * const { summary } = await runExperiment(surprise, { preset: "smoke", set, runs, workers: 0 });
 * for (const { precision, firstZero, finalDifference } of summary) console.log(precision, firstZero, finalDifference);
 * ```
 */
export const surprise = jobsExperiment<SurpriseConfig, SurpriseSummary, SurpriseRow, Job>({
  name: "surprise",
  title: "Does ReLU'(0) change the weights?",
  summary: "distance of networks trained with ReLU'(0) = 1 and 0, iteration by iteration, with a control",
  source: "Bertoin et al. 2021, introduction, Figure 1",
  schema,
  presets,
  rows,
  summarize,
  folder: "surprise",
  complete: checkPass,
  images: ({ images }) => ({ split: "train", images }),
  jobs: ({ precisions, runs }) =>
    precisions.flatMap((precision) => Array.from({ length: runs }, (_, trial) => ({ precision, trial }))),
  label: ({ precision }) => `${precisionOf(precision).label}, three networks`,
  jobKey,
  whole,
  async work(config, context) {
    const each = { flop: 3 * (await flopOfPass(config, context)) };
    return () => each;
  },
  longestFirst: true,
  failed: (job, reason, { dataset }) => [rows.failed({ dataset, ...job }, reason)],
});

/** Whether the iteration that ended a run is there, and all before it. */
function whole(own: readonly SurpriseRow[]): boolean {
  const last = own.find(({ outcome }) => outcome !== "running");
  return last !== undefined && (last.outcome === "failed" || own.length === last.iteration + 1);
}
