/** The runs that were submitted to the queue, and what has become of their shards. */
import { existsSync } from "node:fs";
import { describeRun, type RunPlace, runPlaces } from "../runs";
import { type Queue, type QueuedTask, readQueue } from "./queue";
import { jobsOf, type ShardStatus, statesOf } from "./states";
import { readSubmissions, type Submission, slurmFolder, type TaskLog, taskLogs } from "./submissions";

/** A run in shards, as its folder and the queue have it. */
export interface RunJobs {
  readonly place: RunPlace;
  /** How many shards it is divided into. */
  readonly count: number;
  readonly shards: readonly ShardStatus[];
  /** Its array jobs, the latest one last. */
  readonly jobs: readonly number[];
  /** Those of which a task waits or runs. */
  readonly activeJobs: readonly number[];
  /** The words after the program's name that submit what is missing; undefined where nothing was submitted by the program. */
  readonly command?: readonly string[];
}

/** The runs below a folder that have been submitted. */
export const submittedRuns = (runs: string): RunPlace[] =>
  runPlaces(runs).filter(({ directory }) => existsSync(slurmFolder(directory)));

/**
 * Looks at runs, and asks the queue once. A run that was never divided is left out.
 * @param into how many shards they are divided; default: as they were submitted last
 */
export async function readJobs(
  places: readonly RunPlace[],
  into?: number,
): Promise<{ readonly runs: readonly RunJobs[]; readonly notes: readonly string[] }> {
  const found = places.flatMap((place) => dividedRun(place, into) ?? []);
  const queue = await readQueue(found.flatMap(({ jobs }) => jobs));
  return { runs: found.map((run) => withStates(run, queue)), notes: queue.notes };
}

interface Divided extends Pick<RunJobs, "place" | "count" | "jobs" | "command"> {
  readonly logs: readonly TaskLog[];
}

function dividedRun(place: RunPlace, into?: number): Divided | undefined {
  const submissions = readSubmissions(place.directory);
  const count = into ?? countOf(place, submissions);
  if (count === undefined) return undefined;
  const logs = taskLogs(place.directory);
  const jobs = jobsOf(count, submissions, logs);
  const command = submissions.at(-1)?.command;
  return { place, count, jobs, logs, ...(command && { command }) };
}

/** Into how many shards the run is divided: as it was submitted last, else as its folder has it. */
function countOf({ directory, experiment, run }: RunPlace, submissions: readonly Submission[]): number | undefined {
  const submitted = submissions.at(-1)?.count;
  return submitted ?? describeRun(directory, experiment, run, "count").shards?.at(-1)?.count;
}

function withStates({ logs, ...run }: Divided, queue: Queue): RunJobs {
  const own = new Set(run.jobs);
  const tasks = queue.tasks.filter(({ job }) => own.has(job));
  const isActive = (task: QueuedTask) => task.phase !== "ended";
  const active = new Set(tasks.filter(isActive).map(({ job }) => job));
  const shards = statesOf(run.place, { count: run.count, tasks, logs: logs.filter(({ job }) => own.has(job)) });
  return { ...run, shards, activeJobs: run.jobs.filter((job) => active.has(job)) };
}
