/** The images in a folder of class folders, in the order of torchvision's `ImageFolder`, without hidden files and folders. */
import { existsSync, statSync } from "node:fs";
import { fail } from "../util";
import { entriesIn, FolderSearch } from "./folder-search";

export interface Listing {
  /** The names of the folders, sorted. */
  readonly classNames: readonly string[];
  /** For each class the paths of its images below the folder, by folder, then by name; with forward slashes. */
  readonly members: readonly (readonly string[])[];
  /** What was left out, one line each. */
  readonly notes: readonly string[];
}

interface Kept {
  readonly listing: Listing;
  /** When each folder that was read had last changed: by path, in milliseconds. */
  readonly changes: ReadonlyMap<string, number>;
}

/** Listings by folder: listing ImageNet takes seconds, and one training asks for it several times. */
const listings = new Map<string, Kept>();

/**
 * Lists the images of every class, including those in nested folders, each file once: a link to a folder or file that is listed
 * anyway is left out. Reads again if a folder has changed since.
 *
 * @throws NonsmoothError if there are no classes; for a class without images, a link that leads nowhere, an image that is not a
 * regular file, a name that is not UTF-8
 */
export function listClasses(directory: string): Listing {
  const kept = listings.get(directory);
  if (kept && isCurrent(kept)) return kept.listing;
  const classNames = classNamesIn(directory);
  if (classNames.length === 0) fail(`image folder ${directory}`, "must hold a folder for each class", "none");
  const search = new FolderSearch(directory);
  const members = search.imagesIn(classNames);
  for (const [i, images] of members.entries()) if (images.length === 0) failEmpty(directory, classNames[i]!, search);
  const listing = { classNames, members, notes: search.notes };
  listings.set(directory, { listing, changes: search.changes });
  return listing;
}

/** The names of the class folders, sorted. */
export function classNamesIn(directory: string): string[] {
  const entries = entriesIn(directory).filter(({ kind, hidden }) => kind === "folder" && !hidden);
  return entries.map(({ name }) => name).sort();
}

/** Whether a path leads to a folder, through links as well. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

const isCurrent = ({ changes }: Kept) =>
  [...changes].every(([folder, change]) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs === change);

function failEmpty(directory: string, className: string, { repeated }: FolderSearch): never {
  const same = repeated.some((path) => path === className || path.startsWith(`${className}/`));
  const hint = "extensions that count: jpg, jpeg, png, ppm, bmp, pgm, tif, tiff, webp";
  const got = same ? "links to images of other classes" : "none";
  fail(`class ${className} in ${directory}`, "must have at least one image", got, same ? undefined : hint);
}
