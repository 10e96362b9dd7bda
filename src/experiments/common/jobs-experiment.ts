/** What experiments whose runs are jobs of their own have in common: `resolve`, `plan` and `run`. */
import { engineRecord } from "../../engines";
import { precisionOf } from "../../formats";
import type { Row } from "../../runs";
import type { Experiment, Plan, PlanContext, PlannedRuns } from "../types";
import { bundlesOf, costOfJobs, type Job, type JobsConfig, type JobsExperiment, overJobs, processes } from "./jobs";
import { resolvePlace } from "./place";
import { runJobs } from "./run-jobs";

export function jobsExperiment<C extends JobsConfig, S, R extends Row, J extends Job>(
  experiment: JobsExperiment<C, S, R, J>,
): Experiment<C, S, R> {
  const { name, title, summary, source, schema, presets, rows, summarize, folders } = experiment;
  return {
    ...{ name, title, summary, source, schema, presets, rows, summarize },
    async resolve(config, context) {
      const computed = experiment.computed?.(config) ?? config.precisions;
      return experiment.complete(await resolvePlace(config, computed, context, { folders }), context);
    },
    plan: (config, context) => planJobs(experiment, config, context),
    async units(config, context) {
      const cost = await costOfJobs(experiment, config, context);
      return bundlesOf(experiment, config).map((some) => ({ key: experiment.jobKey(some[0]!), cost: cost(some) }));
    },
    stray(some, config) {
      const { jobs, jobKey } = experiment;
      const keys = new Set(jobs(config).map(jobKey));
      return some.filter((row) => !keys.has(jobKey(row)));
    },
    run: (config, context) => runJobs(experiment, config, context),
  };
}

async function planJobs<C extends JobsConfig, S, R extends Row, J extends Job>(
  experiment: JobsExperiment<C, S, R, J>,
  config: C,
  context: PlanContext<R>,
): Promise<Plan> {
  const workOf = await experiment.work(config, context);
  const over = overJobs(experiment, config, context.rows);
  const planned = new Map<string, PlannedRuns>();
  for (const job of bundlesOf(experiment, config, context.share).flat()) {
    const name = experiment.label(job);
    const { format } = precisionOf(job.precision);
    const { runs, done, flop: all, flopDone } = planned.get(name) ?? { runs: 0, done: 0, flop: 0, flopDone: 0 };
    const isDone = over.has(experiment.jobKey(job));
    const { flop: each } = workOf(job);
    const own = { done: done + Number(isDone), flop: all + each, flopDone: flopDone + (isDone ? each : 0) };
    planned.set(name, { name, format, runs: runs + 1, ...own });
  }
  const engine = engineRecord(config.engine).describe({});
  return { runs: [...planned.values()], threads: Math.max(1, processes(engine, context.workers)) };
}
