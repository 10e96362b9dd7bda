/** What has become of the shards of a run, from their folders and from the queue. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { describeRun, type RunEntry, type RunPlace, readProgress, type SessionProgress, shardDirectory } from "../runs";
import { lastLine } from "./last-line";
import type { QueuedTask } from "./queue";
import type { Submission, TaskLog } from "./submissions";

export const shardStates = ["done", "running", "waiting", "failed", "missing"] as const;

/** `missing`: nobody is at work on it, and it waits in no queue; there may be rows. */
export type ShardState = (typeof shardStates)[number];

export interface ShardStatus {
  /** From 1. */
  readonly index: number;
  readonly state: ShardState;
  /** Rows of its own. */
  readonly rows: number;
  /** The array job that it is in, or was in last. */
  readonly job?: number;
  readonly node?: string;
  /** Of one that runs. */
  readonly progress?: SessionProgress;
  /** Why it waits, or why it failed: Slurm's word, and the last line of its log. */
  readonly detail?: string;
}

/** What is known about a run's shards. */
export interface Known {
  /** How many there are. */
  readonly count: number;
  readonly tasks: readonly QueuedTask[];
  readonly logs: readonly TaskLog[];
}

/** Every shard of a run. */
export function statesOf(place: RunPlace, { count, tasks, logs }: Known): ShardStatus[] {
  const whole = describeRun(place.directory, place.experiment, place.run, "count");
  const isWhole = whole.status === "done" && whole.shards === undefined;
  return Array.from({ length: count }, (_, i): ShardStatus => {
    const index = i + 1;
    if (isWhole) return { index, state: "done", rows: 0 };
    const mine = {
      tasks: tasks.filter((task) => task.index === index),
      logs: logs.filter((log) => log.index === index),
    };
    return statusOf(index, folderOf(place, { index, count }), mine);
  });
}

/** A shard's folder as it would be listed as a run; undefined where nothing has been written yet. */
function folderOf(place: RunPlace, shard: { readonly index: number; readonly count: number }): RunEntry | undefined {
  const directory = shardDirectory(place.directory, shard);
  if (!existsSync(join(directory, "manifest.json"))) return undefined;
  return describeRun(directory, place.experiment, basename(directory), "count");
}

function statusOf(
  index: number,
  folder: RunEntry | undefined,
  { tasks, logs }: Pick<Known, "tasks" | "logs">,
): ShardStatus {
  const base = { index, rows: folder?.rows ?? 0 };
  const of = (phase: QueuedTask["phase"]) => latest(tasks.filter((task) => task.phase === phase));
  if (folder?.status === "done") return { ...base, state: "done" };
  const [running, waiting, ended] = [of("running"), of("waiting"), of("ended")];
  if (running || folder?.status === "running") {
    const progress = folder && readProgress(folder.directory);
    return { ...base, state: "running", ...placeOf(running), ...(progress && { progress }) };
  }
  if (waiting)
    return { ...base, state: "waiting", job: waiting.job, ...(waiting.reason && { detail: waiting.reason }) };
  const log = latest(logs);
  // no queue knows a task that ended long ago; its log is still there
  if (!ended && !log && folder?.status !== "failed" && folder?.status !== "broken")
    return { ...base, state: "missing" };
  const said = folder?.problem ?? folder?.manifest?.reason ?? (log && lastLine(log.path));
  const detail = [ended && ended.state !== "COMPLETED" ? ended.state : undefined, said].filter(
    (part) => part !== undefined,
  );
  return {
    ...base,
    state: "failed",
    ...placeOf(ended ?? log),
    ...(detail.length > 0 && { detail: detail.join(": ") }),
  };
}

const placeOf = (task?: { readonly job: number; readonly node?: string }) =>
  task && { job: task.job, ...(task.node !== undefined && { node: task.node }) };

/** That of the latest job. */
const latest = <T extends { readonly job: number }>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>((a, b) => (a === undefined || b.job >= a.job ? b : a), undefined);

/** The array jobs of a run whose tasks are shards of this count: those that were submitted, and those whose logs are there. */
export function jobsOf(count: number, submissions: readonly Submission[], logs: readonly TaskLog[]): number[] {
  const others = new Set(submissions.filter((one) => one.count !== count).map(({ job }) => job));
  const all = [...submissions.map(({ job }) => job), ...logs.map(({ job }) => job)];
  return [...new Set(all)].filter((job) => !others.has(job)).sort((a, b) => a - b);
}
