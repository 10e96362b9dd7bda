/** What an array job does, in its comment: the queue then tells it of every script, also of one that was submitted by hand and has no log yet. */

/** A run's folder for Slurm, and into how many shards the job divides the run. */
export interface Division {
  readonly folder: string;
  readonly count: number;
}

/** `nonsmooth: 8 shards, logs in /scratch/runs/training/1939ad1357ec/slurm` */
export const divisionText = ({ folder, count }: Division): string => `nonsmooth: ${count} shards, logs in ${folder}`;

/** What `divisionText` has written. */
export function parseDivision(text: string): Division | undefined {
  const [, count, folder] = /^nonsmooth: ([1-9]\d*) shards, logs in (.+)$/.exec(text) ?? [];
  return folder === undefined ? undefined : { folder, count: Number(count) };
}
