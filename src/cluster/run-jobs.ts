/** The runs that were submitted to the queue, and what has become of their shards. */
import { existsSync } from "node:fs";
import { describeRun, type RunPlace, runPlaces } from "../runs";
import { realFolder } from "./division";
import { type Queue, type QueuedTask, readQueue } from "./queue";
import { type DividingJob, jobsOf, type ShardStatus, statesOf } from "./states";
import { countOfScript, readSubmissions, type Submission, slurmFolder, type TaskLog, taskLogs } from "./submissions";

/** A run in shards, as its folder and the queue have it. */
export interface RunJobs {
  readonly place: RunPlace;
  /** How many shards it is divided into. */
  readonly count: number;
  readonly shards: readonly ShardStatus[];
  /** Its array jobs, the latest one last. */
  readonly jobs: readonly number[];
  /** All of which a task waits or runs, whatever they divide the run into. */
  readonly activeJobs: readonly number[];
  /** Those of them that divide the run into another number of shards. */
  readonly others: readonly DividingJob[];
  /** The words after the program's name that submit what is missing; undefined where nothing was submitted by the program. */
  readonly command?: readonly string[];
}

/** The runs below a folder that have been submitted. */
export const submittedRuns = (runs: string): RunPlace[] =>
  runPlaces(runs).filter(({ directory }) => existsSync(slurmFolder(directory)));

/**
 * Looks at runs, and asks the queue once. A run that was never divided is left out.
 * @param into how many shards they are divided; default: as the job that is at work, or else as they were submitted last
 */
export async function readJobs(
  places: readonly RunPlace[],
  into?: number,
): Promise<{ readonly runs: readonly RunJobs[]; readonly notes: readonly string[] }> {
  const recorded = places.map(recordOf);
  const jobs = recorded.flatMap(({ submissions, logs }) => [...submissions, ...logs].map(({ job }) => job));
  const folders = recorded.flatMap(({ folder }) => folder ?? []);
  const queue = await readQueue([...new Set(jobs)], folders);
  return { runs: recorded.flatMap((record) => withQueue(record, queue, into) ?? []), notes: queue.notes };
}

/** What a run's folder says of its jobs. */
interface Recorded {
  readonly place: RunPlace;
  /** Real path of its scripts and logs; undefined where no script was ever written. */
  readonly folder?: string;
  readonly submissions: readonly Submission[];
  readonly logs: readonly TaskLog[];
}

function recordOf(place: RunPlace): Recorded {
  const folder = slurmFolder(place.directory);
  return {
    place,
    ...(existsSync(folder) && { folder: realFolder(folder) }),
    submissions: readSubmissions(place.directory),
    logs: taskLogs(place.directory),
  };
}

function withQueue({ place, folder, submissions, logs }: Recorded, queue: Queue, into?: number): RunJobs | undefined {
  const isMine = ({ division }: QueuedTask) => division !== undefined && division.folder === folder;
  const known = knownJobs(submissions, queue.tasks.filter(isMine));
  const active = new Set(queue.tasks.filter(({ phase }) => phase !== "ended").map(({ job }) => job));
  const count = into ?? countOf(place, known, active) ?? (logs.length > 0 ? countOfScript(place.directory) : undefined);
  if (count === undefined) return undefined;
  const jobs = jobsOf(count, known, logs);
  const tasks = queue.tasks.filter(({ job }) => jobs.includes(job));
  const shards = statesOf(place, { count, tasks, logs: logs.filter(({ job }) => jobs.includes(job)) });
  const others = known.filter((one) => one.count !== count && active.has(one.job));
  const activeJobs = [...others.map(({ job }) => job), ...jobs.filter((job) => active.has(job))].sort((a, b) => a - b);
  const command = submissions.findLast((one) => one.count === count)?.command;
  return { place, count, shards, jobs, activeJobs, others, ...(command && { command }) };
}

/** The array jobs of which it is known into how many shards they divide the run, the latest one last. */
function knownJobs(submissions: readonly Submission[], tasks: readonly QueuedTask[]): DividingJob[] {
  const counts = new Map(submissions.map(({ job, count }) => [job, count]));
  for (const { job, division } of tasks) if (division) counts.set(job, division.count);
  return [...counts].map(([job, count]) => ({ job, count })).sort((a, b) => a.job - b.job);
}

/** Into how many shards the run is divided: by the latest job that is at work, else by the latest one, else as its folder has it. */
function countOf(
  { directory, experiment, run }: RunPlace,
  known: readonly DividingJob[],
  active: ReadonlySet<number>,
): number | undefined {
  const job = known.findLast((one) => active.has(one.job)) ?? known.at(-1);
  return job?.count ?? describeRun(directory, experiment, run, "count").shards?.at(-1)?.count;
}
