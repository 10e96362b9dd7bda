/** Three networks side by side: ReLU'(0) = 1, 0, and 0 again, on the same mini-batches from the same start. */
import type { UniformId } from "../../formats";
import type { Tensor } from "../../ir";
import type { Tensors } from "../../train";
import type { Checkpoint, Midway } from "../common/checkpoint";
import type { SurpriseConfig } from "./config";
import { type Course, distance, type MiniBatch, nearness, type passOf, type Step, type Trained } from "./course";
import type { SurpriseRow } from "./rows";

/** One initialisation in one precision. */
export interface Job {
  readonly precision: UniformId;
  readonly trial: number;
}

export const jobKey = ({ precision, trial }: Job): string => `${precision}/${trial}`;

/** ReLU'(0) of the three networks; their tensors in a checkpoint are named after the keys. */
const VALUES_AT_KINK = { one: 1, zero: 0, control: 0 } as const;
const NAMES = Object.keys(VALUES_AT_KINK) as (keyof typeof VALUES_AT_KINK)[];

/** What a network's step showed. */
interface Seen {
  readonly loss: number;
  /** By hidden layer. */
  readonly smallest: readonly number[];
  readonly zeros: readonly number[];
}

/** An unfinished run: its rows, and the steps of the next iteration that are done, network by network. */
export interface UnderWay {
  readonly rows: readonly SurpriseRow[];
  readonly steps: readonly Seen[];
}

/**
 * The rows of one run, one for each iteration: the distances are those after the iteration's update, the pre-activations those
 * that it computed, in the network with ReLU'(0) = 1. A run whose numbers are no longer finite ends there, as `diverged`.
 */
export async function simulate(
  job: Job,
  { dataset, seed }: Pick<SurpriseConfig, "dataset" | "seed">,
  course: Course,
  pass: ReturnType<typeof passOf>,
  checkpoint?: Checkpoint<UnderWay>,
): Promise<SurpriseRow[]> {
  const saved = checkpoint?.load();
  const networks: Trained[] = [];
  const rows = [...(saved?.data.rows ?? [])];
  let steps = [...(saved?.data.steps ?? [])];
  let batch: MiniBatch | undefined;
  const share = () => (rows.length + steps.length / NAMES.length) / pass.iterations;
  const state = async () => ({ share: share(), data: { rows, steps }, tensors: await tensorsOf(networks) });
  try {
    for await (const network of begin(course, seed + job.trial, saved)) networks.push(network);
    while (rows.length < pass.iterations && (rows.at(-1)?.reason ?? null) === null) {
      await checkpoint?.pause(state);
      const iteration = rows.length;
      batch ??= pass.at(iteration);
      steps.push(seenIn(await networks[steps.length]!.step(batch)));
      if (steps.length < NAMES.length) continue;
      const seen = { ...(await distances(networks)), ...columns(steps) };
      const diverged = reasonOf(seen);
      const outcome = diverged !== null ? "diverged" : iteration + 1 === pass.iterations ? "finished" : "running";
      rows.push({ dataset, ...job, iteration, ...seen, outcome, reason: diverged });
      steps = [];
      batch = undefined;
    }
  } finally {
    for (const network of networks) network.dispose();
  }
  return rows;
}

/** The networks as they start, or as a checkpoint has them. */
async function* begin(course: Course, seed: number, saved: Midway<UnderWay> | undefined): AsyncGenerator<Trained> {
  for (const name of NAMES) {
    const value = VALUES_AT_KINK[name];
    yield await (saved ? course.resume(own(saved.tensors!, name), value) : course.start(seed, value));
  }
}

/** The tensors of all three, "zero fc1.weight" and so on. */
async function tensorsOf(networks: readonly Trained[]): Promise<Tensors> {
  const all: Record<string, Tensor> = {};
  for (const [i, network] of networks.entries())
    for (const [name, x] of Object.entries(await network.read())) all[`${NAMES[i]} ${name}`] = x;
  return all;
}

/** The tensors of one network, by their own names. */
function own(all: Tensors, network: string): Tensors {
  const some = Object.entries(all).filter(([name]) => name.startsWith(`${network} `));
  return Object.fromEntries(some.map(([name, x]) => [name.slice(network.length + 1), x]));
}

function seenIn({ loss, preActivations }: Step): Seen {
  const layers = preActivations.map(nearness);
  return { loss, smallest: layers.map((layer) => layer.smallest), zeros: layers.map((layer) => layer.zeros) };
}

async function distances(networks: readonly Trained[]) {
  const [one, zero, control] = (await Promise.all(networks.map((network) => network.read()))) as [
    Tensors,
    Tensors,
    Tensors,
  ];
  return { difference: distance(one, zero), control: distance(zero, control) };
}

function columns(steps: readonly Seen[]) {
  const [one, zero] = steps as [Seen, Seen, Seen];
  const { smallest, zeros } = one;
  return {
    smallest,
    smallestOfAll: Math.min(...smallest),
    zeros,
    zerosOfAll: zeros.reduce((sum, n) => sum + n, 0),
    loss1: one.loss,
    loss0: zero.loss,
  };
}

function reasonOf(seen: Awaited<ReturnType<typeof distances>> & ReturnType<typeof columns>): string | null {
  const what = (["loss1", "loss0", "difference", "control"] as const).find((name) => !Number.isFinite(seen[name]));
  return what === undefined ? null : `${what} is ${seen[what]}`;
}
