/** Files of a dataset that belong together: made in a folder of their own beside their place, and moved when all are there and checked. */
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../util";
import { onDisk } from "./download";

/**
 * @param fill makes the files in the folder that it is given; if it throws, what lies in `folder` stays as it was
 * @returns what `fill` returns
 */
export async function staged<T>(folder: string, fill: (beside: string) => Promise<T>): Promise<T> {
  const beside = await onDisk(folder, async () => {
    makeFolder(folder);
    return mkdtemp(join(folder, ".fetch-"));
  });
  try {
    const result = await fill(beside);
    await onDisk(folder, async () => {
      for (const name of await readdir(beside)) await rename(join(beside, name), join(folder, name));
    });
    return result;
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
