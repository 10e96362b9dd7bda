/** Three networks side by side: ReLU'(0) = 1, 0, and 0 again, on the same mini-batches from the same start. */
import { setImmediate } from "node:timers/promises";
import type { Row } from "../../runs";
import type { Precision, SurpriseConfig } from "./config";
import { type Course, distance, nearness, type passOf, type Step, type Trained } from "./course";

/** One initialisation in one precision. */
export interface Job {
  readonly precision: Precision;
  readonly trial: number;
}

type Networks = readonly [one: Trained, zero: Trained, control: Trained];

/**
 * The rows of one run, an iteration each: the distances are those behind the iteration's update, the pre-activations those
 * that it computed, in the network with ReLU'(0) = 1. A run whose numbers are no longer finite ends there, as `diverged`.
 */
export async function simulate(
  job: Job,
  { dataset, seed }: Pick<SurpriseConfig, "dataset" | "seed">,
  course: Course,
  pass: ReturnType<typeof passOf>,
): Promise<Row[]> {
  const start = (slope: number) => course.start(seed + job.trial, slope);
  const networks: Networks = [await start(1), await start(0), await start(0)];
  const rows: Row[] = [];
  try {
    for (let iteration = 0; iteration < pass.iterations; iteration++) {
      const seen = await stepAll(networks, pass.at(iteration));
      const diverged = reasonOf(seen);
      const outcome = diverged !== null ? "diverged" : iteration + 1 === pass.iterations ? "finished" : "running";
      rows.push({ dataset, ...job, iteration, ...seen, outcome, reason: diverged });
      if (diverged !== null) break;
      await setImmediate();
    }
  } finally {
    for (const network of networks) network.dispose();
  }
  return rows;
}

async function stepAll([one, zero, control]: Networks, batch: Parameters<Trained["step"]>[0]) {
  const step = await one.step(batch);
  const loss0 = (await zero.step(batch)).loss;
  await control.step(batch);
  const [a, b, c] = [await one.read(), await zero.read(), await control.read()];
  return { difference: distance(a, b), control: distance(b, c), ...columns(step), loss1: step.loss, loss0 };
}

function columns({ preActivations }: Step) {
  const layers = preActivations.map(nearness);
  const smallest = layers.map((layer) => layer.smallest);
  const zeros = layers.map((layer) => layer.zeros);
  return { smallest, smallestOfAll: Math.min(...smallest), zeros, zerosOfAll: zeros.reduce((sum, n) => sum + n, 0) };
}

function reasonOf(seen: Awaited<ReturnType<typeof stepAll>>): string | null {
  const what = (["loss1", "loss0", "difference", "control"] as const).find((name) => !Number.isFinite(seen[name]));
  return what === undefined ? null : `${what} is ${seen[what]}`;
}

/** Row of a run that broke off: nothing is known of it but the reason. */
export const failed = (dataset: string, job: Job, reason: string): Row => ({
  dataset,
  ...job,
  iteration: null,
  difference: null,
  control: null,
  smallest: null,
  smallestOfAll: null,
  zeros: null,
  zerosOfAll: null,
  loss1: null,
  loss0: null,
  outcome: "failed",
  reason,
});
