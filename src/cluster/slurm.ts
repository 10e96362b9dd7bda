/** Slurm's programs: whether they are here, and what they answer. */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export type SlurmProgram = "sbatch" | "squeue" | "sacct" | "scancel";

/** What a program answered. */
export interface SlurmAnswer {
  readonly out: string;
  /** The first line of its complaint, if it failed: "Invalid job id specified". */
  readonly problem?: string;
}

/** A busy controller answers late; one that is gone must not be waited for without end. */
const PATIENCE_MS = 60_000;

/** Whether a program is in the path. */
export function hasProgram(name: SlurmProgram): boolean {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.some((folder) => isExecutable(join(folder, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Calls a program; never throws: what it says about its failure comes back. */
export function callSlurm(name: SlurmProgram, words: readonly string[]): Promise<SlurmAnswer> {
  return new Promise((resolve) => {
    const options = { timeout: PATIENCE_MS, maxBuffer: 2 ** 28, encoding: "utf8" as const };
    execFile(name, [...words], options, (error, out, err) => {
      const [said] = err.split("\n").filter((line) => line.trim() !== "");
      resolve({ out, ...(error && { problem: said ?? error.message }) });
    });
  });
}
