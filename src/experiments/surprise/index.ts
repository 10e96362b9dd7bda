/**
 * The paper's introduction, Figure 1: does it matter for training which number is put at ReLU'(0)? In exact arithmetic it
 * cannot. Networks from one start, shown the same mini-batches, are trained with ReLU'(0) = 1, 0 and 0 again.
 *
 * A row is an iteration of one run in one precision. The published figure records the distance before the update and the
 * pre-activations of the first hidden layer only; here it is the distance behind the update, so that a zero and its effect
 * stand in one row, and all hidden layers.
 */
import { engineRecord } from "../../engines";
import { precisionOf } from "../../formats";
import { byColumns, runJobs } from "../common/jobs";
import type { Experiment, RunContext } from "../types";
import { presets, type SurpriseConfig, schema } from "./config";
import { planSurprise } from "./plan";
import { loadPass, resolveCourse } from "./resolve";
import { failed, type Job, jobKey } from "./simulate";
import { type SurpriseSummary, summarize } from "./summary";

export type { PlaneConfig, SurpriseConfig } from "./config";
export type { RunSummary, SurpriseSummary } from "./summary";
export { type PlaneSummary, zonePlane } from "./zone-plane";

export const surprise: Experiment<SurpriseConfig, SurpriseSummary> = {
  name: "surprise",
  title: "Does ReLU'(0) change the weights?",
  summary: "distance of networks trained with ReLU'(0) = 1 and 0, iteration by iteration, with a control",
  source: "Bertoin et al. 2021, introduction, Figure 1",
  schema,
  presets,
  resolve: (config, context) => resolveCourse(config, config.precisions, context),
  plan: planSurprise,
  key: (row) => [row.precision, row.trial, row.iteration].join("/"),
  run,
  order: byColumns("precision", "trial", "iteration"),
  summarize,
};

async function run(config: SurpriseConfig, context: RunContext): Promise<void> {
  await loadPass(config, context);
  const engine = engineRecord(config.engine).describe({ threads: 1 });
  const all = jobs(config);
  const over = new Set(context.store.rows.filter((row) => row.outcome !== "running").map(jobKey));
  await runJobs<Job>(
    {
      folder: "surprise",
      config,
      engine,
      all,
      left: all.filter((job) => !over.has(jobKey(job))),
      cost: ({ precision }) => precisionOf(precision).price,
      label: ({ precision, trial }) => `${precisionOf(precision).label}, run ${trial + 1}`,
      jobKey,
      key: surprise.key,
      failed: (job, reason) => [failed(config.dataset, job, reason)],
    },
    context,
  );
}

/** The dearest first, so that no process is left with one of them at the end. */
const jobs = ({ precisions, runs }: SurpriseConfig): Job[] =>
  [...precisions]
    .sort((a, b) => precisionOf(b).price - precisionOf(a).price)
    .flatMap((precision) => Array.from({ length: runs }, (_, trial) => ({ precision, trial })));
