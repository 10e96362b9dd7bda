/** Where data is searched: the named folder, then `NONSMOOTH_DATA`, then the data folder of the workspace. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail, refuseCommitted, workspace } from "../util";

/** The folders that may hold datasets, absolute, the first choice first; the first is also where downloads go. */
export function dataPlaces(directory?: string): [string, ...string[]] {
  const project = join(workspace, "data");
  const named = [directory, process.env.NONSMOOTH_DATA].filter((place) => place !== undefined && place !== "");
  const [first = project, ...others] = new Set([...named.map((place) => resolve(place!)), project]);
  return [first, ...others];
}

/** Where files of datasets are written. @throws NonsmoothError for a folder of the project's committed evidence */
export function downloadPlace(directory?: string): string {
  const [place] = dataPlaces(directory);
  refuseCommitted("data directory", place);
  return place;
}

/** The places, each followed by a dataset's subfolders in it. */
export const foldersOf = (places: readonly string[], subfolders: readonly string[]): string[] =>
  places.flatMap((place) => [place, ...subfolders.map((name) => join(place, name))]);

/**
 * The first of the places that holds every one of a dataset's files, directly or in one of the dataset's `subfolders`.
 *
 * @param files for each file its possible names, the preferred one first
 * @returns the paths, in the order of `files`; undefined if no place has all of them
 */
export function findFiles(
  places: readonly string[],
  subfolders: readonly string[],
  files: readonly (readonly string[])[],
): string[] | undefined {
  for (const folder of foldersOf(places, subfolders)) {
    const paths = files.map((names) => findFile(folder, names));
    if (paths.every((path) => path !== undefined)) return paths;
  }
  return undefined;
}

/** The first of the names that is there and no folder; what is no regular file is refused by name when it is read. */
export function findFile(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => existsSync(path) && !statSync(path).isDirectory());
}

/** Refuses a named folder that does not exist, so that no other place is used silently instead. */
export function checkFolder(directory: string | undefined): void {
  if (directory === undefined || (existsSync(directory) && statSync(directory).isDirectory())) return;
  fail("data directory", "must be an existing folder", directory);
}
