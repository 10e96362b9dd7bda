/** Writes the script of a submission, and hands it to sbatch. */
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fail, makeWritable, mayReplaceUnknown, NonsmoothError, writeNamed } from "../util";
import { indexList } from "./indices";
import { callSlurm } from "./slurm";
import { recordSubmission, type Submission, slurmFolder } from "./submissions";

/** Makes the folder of the logs, and checks that it and the script can be written. @throws NonsmoothError if not */
export function prepareScript(runDirectory: string, path: string): void {
  mayReplaceUnknown(path);
  const logs = slurmFolder(runDirectory);
  const folder = dirname(path);
  const isFolder = (place: string) => existsSync(place) && statSync(place).isDirectory();
  if (folder !== logs && !isFolder(folder)) fail("--script", "must be a file in a folder that exists", path);
  if (isFolder(path)) fail("--script", "must be a file, not a folder", path);
  makeWritable("run folder", logs, "choose another folder with --runs");
  makeWritable("--script", folder);
}

export const writeScript = (path: string, text: string): void => writeNamed(path, text);

/** Hands a script to sbatch, and keeps the number of the job. @throws NonsmoothError with what sbatch says if it does not take it */
export async function submitScript(
  path: string,
  runDirectory: string,
  {
    count,
    indices,
    command,
  }: { readonly count: number; readonly indices: readonly number[]; readonly command: readonly string[] },
): Promise<Submission> {
  const { out, problem } = await callSlurm("sbatch", ["--parsable", path]);
  // "17", or "17;cluster"
  const job = Number(/^(\d+)(;.*)?$/m.exec(out)?.[1]);
  if (problem !== undefined || !(job > 0)) {
    const hint = `change ${path}, and try again with sbatch ${path}`;
    throw new NonsmoothError("sbatch", "must take the script", { got: problem ?? out.trim(), hint });
  }
  const submission = { job, at: new Date().toISOString(), count, indices: indexList(indices), command };
  recordSubmission(runDirectory, submission);
  return submission;
}
