/** What an array job does, in its comment: the queue then tells it of every script, also of one that was submitted by hand and has no log yet. */
import { existsSync, realpathSync } from "node:fs";

/** A run's folder for Slurm, and into how many shards the job divides the run. */
export interface Division {
  readonly folder: string;
  readonly count: number;
}

/** `nonsmooth: 8 shards, logs in /scratch/runs/training/1939ad1357ec/slurm` */
export const divisionText = ({ folder, count }: Division): string => `nonsmooth: ${count} shards, logs in ${folder}`;

/** What `divisionText` has written; the folder by its real path, whatever links led to it. */
export function parseDivision(text: string): Division | undefined {
  const [, count, folder] = /^nonsmooth: ([1-9]\d*) shards, logs in (.+)$/.exec(text) ?? [];
  return folder === undefined ? undefined : { folder: realFolder(folder), count: Number(count) };
}

export const realFolder = (path: string): string => (existsSync(path) ? realpathSync(path) : path);
