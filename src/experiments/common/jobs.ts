/** Experiments whose runs are jobs of their own: what such an experiment says about them. */
import type { Engine } from "../../engines";
import { precisionOf, type UniformId } from "../../formats";
import type { Row } from "../../runs";
import { groupBy, sumOf } from "../../util";
import type { DataContext, Experiment, Share } from "../types";
import type { CheckpointPlace } from "./checkpoint";
import type { DataKeys } from "./keys";
import type { PlaceKeys } from "./place";

export interface JobsConfig extends PlaceKeys {
  readonly precisions: readonly UniformId[];
}

/** One initialisation in one precision, and whatever else tells it apart. */
export interface Job {
  readonly precision: UniformId;
  /** From 0. */
  readonly trial: number;
}

/** Floating-point operations of a job. */
export interface Work {
  /** Of matrix products and convolutions. */
  readonly flop: number;
  /** What everything else costs, in such operations; default 0. */
  readonly overhead?: number;
}

/** An experiment of this kind; its folder has a `worker.ts`, which turns jobs into rows. */
export interface JobsExperiment<C extends JobsConfig, S, R extends Row, J extends Job>
  extends Pick<
    Experiment<C, S, R>,
    "name" | "title" | "summary" | "source" | "schema" | "presets" | "rows" | "summarize"
  > {
  /** The folder of `worker.ts`. */
  readonly folder: string;
  /** Whether the dataset may be an image folder; default false. */
  readonly folders?: boolean;
  /** The precisions in which the engine computes; default: all of the configuration. */
  computed?(config: C): readonly UniformId[];
  /** Completes a configuration whose dataset and engine are known. @throws NonsmoothError where it cannot be run */
  complete(config: C, context: DataContext): C | Promise<C>;
  /** The images that the jobs see. */
  images(config: C): Pick<DataKeys, "split" | "images">;
  /** Every job; those with the same label are together. */
  jobs(config: C): J[];
  /** The name of jobs that differ only in their randomness: "32 bits, 3 × 256". */
  label(job: J): string;
  /** The key of a job, which can be read off any of its rows. */
  jobKey(of: J | R): string;
  /** Whether a job's rows are all there, the last one among them; default: it has one. */
  whole?(rows: readonly R[], config: C): boolean;
  /** What each job computes. */
  work(config: C, context: DataContext): Promise<(job: J) => Work>;
  /** Whether long jobs start first, so that no process is left alone with one at the end; default false. */
  readonly longestFirst?: boolean;
  /** How many jobs of one label a worker is given at once; default 1. */
  together?(config: C): number;
  /** The rows of a job that broke off. */
  failed(job: J, reason: string, config: C): R[];
}

/** What a worker is started with. */
export interface WorkerInit<Config> {
  readonly config: Config;
  readonly dataDirectory?: string;
  /** For the states of unfinished jobs. */
  readonly checkpoints: CheckpointPlace;
}

/** Worker processes: only one where they would share a device. */
export const processes = ({ sharedDevice }: Pick<Engine, "sharedDevice">, workers: number): number =>
  sharedDevice ? Math.min(workers, 1) : workers;

/** The keys of the jobs that are done: their rows are all there. */
export function overJobs<C extends JobsConfig, S, R extends Row, J extends Job>(
  { jobKey, whole = () => true }: JobsExperiment<C, S, R, J>,
  config: C,
  rows: readonly R[],
): ReadonlySet<string> {
  return new Set([...groupBy(rows, jobKey)].filter(([, some]) => whole(some, config)).map(([key]) => key));
}

/** What each bundle of jobs costs, in operations at the price of their precision. */
export async function costOfJobs<C extends JobsConfig, S, R extends Row, J extends Job>(
  { work }: JobsExperiment<C, S, R, J>,
  config: C,
  context: DataContext,
): Promise<(some: readonly J[]) => number> {
  const workOf = await work(config, context);
  return (some) =>
    sumOf(some, (job) => {
      const { flop, overhead = 0 } = workOf(job);
      return precisionOf(job.precision).price * (flop + overhead);
    });
}

/** The bundles of jobs that a worker is given, one at a time; with a share, those that are in it by the key of their first job. */
export function bundlesOf<C extends JobsConfig, S, R extends Row, J extends Job>(
  { jobs, label, jobKey, together = () => 1 }: JobsExperiment<C, S, R, J>,
  config: C,
  share?: Share,
): J[][] {
  const all = bundles(jobs(config), label, together(config));
  return share ? all.filter(([first]) => share.has(jobKey(first!))) : all;
}

/** Jobs in their order, up to `together` neighbours with the same label at a time. */
export function bundles<J>(jobs: readonly J[], label: (job: J) => string, together: number): J[][] {
  const made: J[][] = [];
  for (const job of jobs) {
    const last = made.at(-1);
    if (last && last.length < together && label(last[0]!) === label(job)) last.push(job);
    else made.push([job]);
  }
  return made;
}
