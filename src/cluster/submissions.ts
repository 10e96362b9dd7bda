/** What was submitted for a run: a line of JSON each in `slurm/submissions.jsonl` of its folder, beside the scripts and the logs. */
import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { SLURM } from "../runs";
import { readRegularIfThere } from "../util";
import { parseDivision } from "./division";

/** An array job. */
export interface Submission {
  readonly job: number;
  /** ISO 8601. */
  readonly at: string;
  /** How many shards the run is divided into. */
  readonly count: number;
  /** Those that were submitted: `2,5-7`. */
  readonly indices: string;
  /** The words after the program's name that submit what is missing. */
  readonly command: readonly string[];
}

const schema = z.object({
  job: z.int().positive(),
  at: z.string(),
  count: z.int().positive(),
  indices: z.string(),
  command: z.array(z.string()),
});

const FILE = "submissions.jsonl";

/** Where scripts, submissions and logs of a run are. */
export const slurmFolder = (runDirectory: string): string => join(runDirectory, SLURM);

/** Where the script of a run goes if no other place is named. */
export const defaultScript = (runDirectory: string): string => join(slurmFolder(runDirectory), "submit.sbatch");

/** Into how many shards that script divides the run: its tasks may have failed before there was anything of a shard. */
export function countOfScript(runDirectory: string): number | undefined {
  const text = readRegularIfThere(defaultScript(runDirectory))?.toString("utf8") ?? "";
  return parseDivision(/^#SBATCH --comment="(.*)"$/m.exec(text)?.[1] ?? "")?.count;
}

/** Adds a submission, in one write. */
export function recordSubmission(runDirectory: string, submission: Submission): void {
  appendFileSync(join(slurmFolder(runDirectory), FILE), `${JSON.stringify(submission)}\n`, { flush: true });
}

/** The submissions of a run, in order; a line that is none, after a crash perhaps, is left out. */
export function readSubmissions(runDirectory: string): Submission[] {
  const text = readRegularIfThere(join(slurmFolder(runDirectory), FILE))?.toString("utf8") ?? "";
  return text.split("\n").flatMap((line) => parsed(line) ?? []);
}

function parsed(line: string): Submission | undefined {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The log of a task. */
export interface TaskLog {
  readonly job: number;
  readonly index: number;
  readonly path: string;
}

/** The logs of a run's tasks; also of scripts that were submitted by hand. */
export function taskLogs(runDirectory: string): TaskLog[] {
  const folder = slurmFolder(runDirectory);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => {
    const [, job, index] = /^(\d+)_(\d+)\.log$/.exec(file) ?? [];
    return job && index ? [{ job: Number(job), index: Number(index), path: join(folder, file) }] : [];
  });
}
