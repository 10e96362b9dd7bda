/** The images in a folder of class folders, in the order of torchvision's `ImageFolder`. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../util";

/** torchvision's `IMG_EXTENSIONS`; upper case counts as well. */
const EXTENSIONS = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;

export interface Listing {
  /** The names of the folders, sorted. */
  readonly classNames: readonly string[];
  /** For each class the paths of its images below the folder, by folder, then by name; with forward slashes. */
  readonly members: readonly (readonly string[])[];
}

interface Kept {
  readonly listing: Listing;
  /** When each folder that was read had last changed: by path, in milliseconds. */
  readonly changes: ReadonlyMap<string, number>;
}

/** Listings by folder: listing ImageNet takes seconds, and one training asks for it several times. */
const listings = new Map<string, Kept>();

/**
 * Lists the images of every class, including those in nested folders; reads again if a folder has changed since.
 *
 * @throws NonsmoothError if there are no classes, or for a class without images
 */
export function listClasses(directory: string): Listing {
  const kept = listings.get(directory);
  if (kept && isCurrent(kept)) return kept.listing;
  const changes = new Map([[directory, changeOf(directory)!]]);
  const classNames = classNamesIn(directory);
  if (classNames.length === 0) fail(`image folder ${directory}`, "must hold a folder for each class", "none");
  const members = classNames.map((className) => imagesBelow(directory, className, changes));
  const listing = { classNames, members };
  listings.set(directory, { listing, changes });
  return listing;
}

/** The names of the class folders, sorted. */
export function classNamesIn(directory: string): string[] {
  return foldersIn(directory).sort();
}

/** Whether a path leads to a folder, through links as well. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

const isCurrent = ({ changes }: Kept) => [...changes].every(([folder, change]) => changeOf(folder) === change);
const changeOf = (folder: string) => statSync(folder, { throwIfNoEntry: false })?.mtimeMs;

function imagesBelow(directory: string, className: string, changes: Map<string, number>): string[] {
  const images = foldersFrom(directory, className, changes)
    .sort()
    .flatMap((folder) => {
      const names = readdirSync(join(directory, folder)).filter((name) => EXTENSIONS.test(name));
      return names.sort().map((name) => `${folder}/${name}`);
    });
  if (images.length === 0) {
    const hint = "extensions that count: jpg, jpeg, png, ppm, bmp, pgm, tif, tiff, webp";
    fail(`class ${className} in ${directory}`, "must have at least one image", "none", hint);
  }
  return images;
}

/** A folder and all folders in it, as paths below `directory`; notes when each had last changed. */
function foldersFrom(directory: string, folder: string, changes: Map<string, number>): string[] {
  const path = join(directory, folder);
  changes.set(path, changeOf(path)!);
  return [folder, ...foldersIn(path).flatMap((name) => foldersFrom(directory, `${folder}/${name}`, changes))];
}

/** The names of the folders in a folder, and of links to folders. */
function foldersIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => {
    return entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name)));
  });
  return entries.map((entry) => entry.name);
}
