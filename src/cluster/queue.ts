/** Tasks of array jobs as `squeue` and `sacct` list them. */
import { userInfo } from "node:os";
import { type Division, parseDivision } from "./division";
import { parseIndices } from "./indices";
import { callSlurm, hasProgram } from "./slurm";

/** What is to become of a task. */
export type TaskPhase = "waiting" | "running" | "ended";

/** A task of an array job. */
export interface QueuedTask {
  /** Number of the array job. */
  readonly job: number;
  /** Its index: that of its shard. */
  readonly index: number;
  readonly phase: TaskPhase;
  /** Slurm's word: PENDING, RUNNING, TIMEOUT. */
  readonly state: string;
  /** Why it waits, in Slurm's word: Resources, Priority. */
  readonly reason?: string;
  readonly node?: string;
  /** What its job does, if the queue has its comment. */
  readonly division?: Division;
}

/** What Slurm says about tasks. */
export interface Queue {
  readonly tasks: readonly QueuedTask[];
  /** What could not be asked, a sentence each. */
  readonly notes: readonly string[];
}

const WAITING = ["PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"];
const RUNNING = ["RUNNING", "COMPLETING", "CONFIGURING", "STAGE_OUT", "SIGNALING", "SUSPENDED", "STOPPED", "RESIZING"];

/** `state` may have more behind it: "CANCELLED by 1000". */
function phaseOf(state: string): TaskPhase {
  const [word = ""] = state.split(/[ +]/);
  if (WAITING.includes(word)) return "waiting";
  return RUNNING.includes(word) ? "running" : "ended";
}

/** Job, index, state, reason, node of each task, and its comment, which may have any sign in it. */
const FORMAT = "%F|%K|%T|%r|%N|%k";

/** The tasks of some array jobs, and of those that have their logs in some folders, each as it was started last. */
export async function readQueue(jobs: readonly number[], folders: readonly string[] = []): Promise<Queue> {
  if (jobs.length === 0 && (folders.length === 0 || !hasProgram("squeue"))) return { tasks: [], notes: [] };
  const [queue, account] = await Promise.all([askQueue(), askAccount(jobs)]);
  const isNamed = ({ division }: QueuedTask) => division !== undefined && folders.includes(division.folder);
  const wanted = new Set([...jobs, ...queue.tasks.filter(isNamed).map(({ job }) => job)]);
  const byTask = new Map<string, QueuedTask>();
  // the queue knows better what goes on, the accounting what has been
  for (const task of [...account.tasks, ...queue.tasks]) {
    if (wanted.has(task.job)) byTask.set(`${task.job}_${task.index}`, task);
  }
  return { tasks: [...byTask.values()], notes: [...queue.notes, ...account.notes] };
}

async function askQueue(): Promise<Queue> {
  if (!hasProgram("squeue"))
    return { tasks: [], notes: ["squeue is not here: what waits is not known, and what runs only by its folder"] };
  const words = ["--noheader", "--array", "--states=all", `--user=${userInfo().username}`, `--format=${FORMAT}`];
  const { out, problem } = await callSlurm("squeue", words);
  return { tasks: parseQueue(out), notes: problem === undefined ? [] : [`squeue: ${problem}`] };
}

/** Many clusters have no accounting, and say so: that is nothing to tell. */
async function askAccount(jobs: readonly number[]): Promise<Queue> {
  if (jobs.length === 0 || !hasProgram("sacct")) return { tasks: [], notes: [] };
  const words = [
    "--noheader",
    "--parsable2",
    "--allocations",
    `--jobs=${jobs.join(",")}`,
    "--format=JobID,State,NodeList",
  ];
  const { out, problem } = await callSlurm("sacct", words);
  const isOff = problem === undefined || /accounting storage is disabled/i.test(problem);
  return { tasks: parseAccount(out), notes: isOff ? [] : [`sacct: ${problem}`] };
}

/** Lines of `squeue`; a task that waits may stand for several, `[3-8%2]`. */
export function parseQueue(text: string): QueuedTask[] {
  // thousands of tasks have the comment of their job
  const divisions = new Map<string, Division | undefined>();
  return text.split("\n").flatMap((line) => {
    const [job, indices = "", state = "", reason = "", node = "", ...rest] = line.trim().split("|");
    const comment = rest.join("|");
    if (!divisions.has(comment)) divisions.set(comment, parseDivision(comment));
    const division = divisions.get(comment);
    return parseIndices(indices).map((index) => ({
      ...taskOf(Number(job), index, state, reason, node),
      ...(division && { division }),
    }));
  });
}

/** Lines of `sacct`: `17_3|TIMEOUT|n1`, `17_[4-8%2]|PENDING|None assigned`. */
export function parseAccount(text: string): QueuedTask[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", state = "", node = ""] = line.trim().split("|");
    const [, job, indices = ""] = /^(\d+)_(.+)$/.exec(id) ?? [];
    return parseIndices(indices).map((index) => taskOf(Number(job), index, state, "", node));
  });
}

function taskOf(job: number, index: number, state: string, reason: string, node: string): QueuedTask {
  const phase = phaseOf(state);
  const isKnown = (text: string) => text !== "" && text !== "None" && text !== "None assigned";
  return {
    job,
    index,
    phase,
    state,
    ...(phase === "waiting" && isKnown(reason) && { reason }),
    ...(phase !== "waiting" && isKnown(node) && { node }),
  };
}
