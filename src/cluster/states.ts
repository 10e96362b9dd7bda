/** What has become of the shards of a run, from their folders and from the queue. */
import { describeRun, type RunPlace, readProgress, type SessionProgress, type ShardEntry } from "../runs";
import { lastLine } from "./last-line";
import type { QueuedTask } from "./queue";
import type { TaskLog } from "./submissions";

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
  const folders = new Map(whole.shards?.flatMap((shard) => (shard.count === count ? [[shard.index, shard]] : [])));
  return Array.from({ length: count }, (_, i): ShardStatus => {
    const index = i + 1;
    if (isWhole) return { index, state: "done", rows: 0 };
    const isMine = (one: { readonly index: number }) => one.index === index;
    return statusOf(index, folders.get(index), { tasks: tasks.filter(isMine), logs: logs.filter(isMine) });
  });
}

type Mine = Pick<Known, "tasks" | "logs">;

function statusOf(index: number, folder: ShardEntry | undefined, { tasks, logs }: Mine): ShardStatus {
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
  // no queue knows a task that ended long ago; its log is still there
  const log = latest(logs);
  const hasFailed = ended || log || folder?.status === "failed" || folder?.status === "broken";
  if (!hasFailed) return { ...base, state: "missing" };
  const detail = whyFailed(folder, ended, log);
  return { ...base, state: "failed", ...placeOf(ended ?? log), ...(detail !== "" && { detail }) };
}

/** Slurm's word for it, and what the shard's folder or the log says. */
function whyFailed(folder: ShardEntry | undefined, ended: QueuedTask | undefined, log: TaskLog | undefined): string {
  const word = ended?.state === "COMPLETED" ? undefined : ended?.state;
  const said = (log && lastLine(log.path)) ?? folder?.problem ?? folder?.manifest?.reason;
  return [word, said].filter((part) => part !== undefined).join(": ");
}

const placeOf = (task?: { readonly job: number; readonly node?: string }) =>
  task && { job: task.job, ...(task.node !== undefined && { node: task.node }) };

/** That of the latest job. */
const latest = <T extends { readonly job: number }>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>((a, b) => (a === undefined || b.job >= a.job ? b : a), undefined);

/** An array job, and into how many shards it divides its run. */
export interface DividingJob {
  readonly job: number;
  readonly count: number;
}

/** The array jobs of a run whose tasks are shards of this count: those that are known to be, and those of which only logs are there. */
export function jobsOf(count: number, known: readonly DividingJob[], logs: readonly TaskLog[]): number[] {
  const others = new Set(known.filter((one) => one.count !== count).map(({ job }) => job));
  const all = [...known.map(({ job }) => job), ...logs.map(({ job }) => job)];
  return [...new Set(all)].filter((job) => !others.has(job)).sort((a, b) => a - b);
}
