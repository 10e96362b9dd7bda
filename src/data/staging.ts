/**
 * Files of a dataset that belong together: made in a folder of their own beside their place, and moved when all are there and checked.
 *
 * While they are made, the folder is `.fetch-<process>-XXXXXX`; what a process leaves that was killed is removed by the next one. Once all are
 * there it is renamed to `.whole-<process>-XXXXXX`, and from then on they get to their place: whoever next fetches or reads moves those
 * that a kill kept from it. So the files in their place are all old or all new.
 */
import { existsSync, readdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { copyFile, mkdtemp } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  fail,
  isAlive,
  isDiskFull,
  makeFolder,
  NonsmoothError,
  notWritten,
  ownPlace,
  ownStart,
  removeFolder,
  unlessGone,
} from "../util";
import { onDisk } from "./download";
import { dataPlaces, foldersOf } from "./places";

const MADE = /^\.fetch-(\d+)\.(\d+)\.([0-9a-f]{8})-/;
const WHOLE = /^\.whole-\d+\.\d+\.[0-9a-f]{8}-/;

/** So long a folder of a process that cannot be seen from here, on another machine perhaps, is left alone. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

/**
 * @param fill makes the files in the folder that it is given; if it throws, what lies in `folder` stays as it was
 * @returns what `fill` returns
 */
export async function staged<T>(folder: string, fill: (beside: string) => Promise<T>): Promise<T> {
  const beside = await onDisk(folder, async () => {
    makeFolder(folder);
    tidy(folder);
    return mkdtemp(join(folder, `.fetch-${process.pid}.${ownStart()}.${ownPlace}-`));
  });
  try {
    const result = await fill(beside);
    for (const name of readdirSync(beside)) refuseFolder(join(folder, name));
    await onDisk(folder, async () => renameSync(beside, join(folder, basename(beside).replace("fetch", "whole"))));
    finishMoves(folder);
    return result;
  } finally {
    removeFolder(beside);
  }
}

/** Copies a file; its place has the old one until the new one is there as a whole. */
export async function copyInto(source: string, path: string): Promise<void> {
  await staged(dirname(path), (beside) => {
    const copy = join(beside, basename(path));
    return onDisk(path, () => copyFile(source, copy));
  });
}

/**
 * Moves what a killed fetch made as a whole, and did not move. Call it before files of the folder are read that belong together.
 * @throws NonsmoothError if they cannot be moved: then the folder has files of two fetches
 */
export function finishMoves(folder: string): void {
  for (const whole of foldersIn(folder, WHOLE)) {
    try {
      const names = unlessGone(() => readdirSync(whole)) ?? [];
      for (const name of names) unlessGone(() => renameSync(join(whole, name), join(folder, name)));
      unlessGone(() => rmdirSync(whole));
    } catch (cause) {
      if (isDiskFull(cause)) throw notWritten(folder, cause);
      throw new NonsmoothError(folder, "must hold the files of one fetch, some of which are still to be moved there", {
        got: (cause as Error).message,
        hint: `make it a folder that can be written, or move the files of ${basename(whole)} there`,
        cause,
      });
    }
  }
}

/** The same in all folders in which a dataset is looked for. */
export const finishMovesIn = (directory: string | undefined, subfolders: readonly string[]): void =>
  foldersOf(dataPlaces(directory), subfolders).forEach(finishMoves);

/** Does with what killed fetches left in a folder what has to be done with it: moves what is whole, removes what is not. */
function tidy(folder: string): void {
  removeForgotten(folder);
  finishMoves(folder);
}

/** The same in all folders in which a fetch looks for a dataset's files. @throws NonsmoothError if they cannot be written */
export const tidyIn = (place: string, subfolders: readonly string[]): Promise<void> =>
  onDisk(place, async () => foldersOf([place], subfolders).forEach(tidy));

function removeForgotten(folder: string): void {
  for (const made of foldersIn(folder, MADE)) {
    const [, pid, start, place] = MADE.exec(basename(made))!;
    const since = statSync(made, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    const isForgotten = place === ownPlace ? !isAlive(Number(pid), start!) : Date.now() - since > FORGOTTEN_MS;
    if (isForgotten) removeFolder(made);
  }
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Links and files that have such a name are not ours. */
const foldersIn = (folder: string, name: RegExp): string[] =>
  (isFolder(folder) ? readdirSync(folder, { withFileTypes: true }) : [])
    .filter((entry) => entry.isDirectory() && name.test(entry.name))
    .map((entry) => join(folder, entry.name));

function refuseFolder(path: string): void {
  if (isFolder(path)) fail(path, "must be writable", "EISDIR");
}
