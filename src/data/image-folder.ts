/**
 * Images in one folder per class, streamed from disk: <directory>/train/<class>/…, <directory>/val/<class>/… Classes and
 * files have the order of torchvision's `ImageFolder`, so labels and indices are the same.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fail } from "../util";
import { checkFolder } from "./places";
import type { Split } from "./types";

/** torchvision's `IMG_EXTENSIONS`; upper case counts as well. */
const EXTENSIONS = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;

/** Where each split lies. ImageNet's own test images have no labels, so its validation images are the test. */
const FOLDERS = { train: "train", test: "val", val: "val" } as const;

/** Labelled images in files; nothing is decoded before a loader asks for it. */
export interface ImageFolder {
  readonly kind: "folder";
  readonly name: string;
  readonly split: Split;
  /** How many images. */
  readonly count: number;
  /** The split's own folder, absolute. */
  readonly directory: string;
  /** [count]: paths below `directory`, with forward slashes. */
  readonly paths: readonly string[];
  /** [count], class indices in [0, classes). */
  readonly labels: Int32Array;
  readonly classes: number;
  /** [classes]: the names of the folders, sorted. */
  readonly classNames: readonly string[];
  /** Always RGB. */
  readonly channels: 3;
  /** One line for a caption. */
  readonly description: string;
}

export interface ImageFolderOptions {
  /** The folder that holds train/ and val/. */
  readonly directory: string;
  /** `test` and `val` both mean val/. */
  readonly split: "train" | "test" | "val";
  /** Default: the directory's own name. */
  readonly name?: string;
}

/**
 * Lists the images of a split: classes are the sorted names of the folders, images sorted by path within their class,
 * those in folders of folders included.
 *
 * @throws NonsmoothError for an unknown split, a missing folder, no classes, a class without images
 */
export function openImageFolder(options: ImageFolderOptions): ImageFolder {
  if (!Object.hasOwn(FOLDERS, options.split)) fail("split", "must be train, test or val", options.split);
  checkFolder(options.directory);
  const root = resolve(options.directory);
  const { name = basename(root) } = options;
  const directory = join(root, FOLDERS[options.split]);
  if (!isFolder(directory))
    fail(`image folder ${root}`, "must have the folders train and val", `no ${basename(directory)}`);
  const classNames = readdirSync(directory)
    .filter((entry) => isFolder(join(directory, entry)))
    .sort();
  if (classNames.length === 0) fail(`image folder ${directory}`, "must hold a folder for each class", "none");
  const members = classNames.map((className) => imagesBelow(directory, className));
  const labels = new Int32Array(members.reduce((sum, paths) => sum + paths.length, 0));
  let first = 0;
  for (const [label, paths] of members.entries()) {
    labels.fill(label, first, first + paths.length);
    first += paths.length;
  }
  const split = options.split === "train" ? "train" : "test";
  const [count, classes] = [labels.length, classNames.length];
  const description = `${name} (image folder), ${split} split, ${count} images in ${classes} classes`;
  const paths = members.flat();
  return {
    kind: "folder",
    name,
    split,
    count,
    directory,
    paths,
    labels,
    classes,
    classNames,
    channels: 3,
    description,
  };
}

/** The images of a class in `ImageFolder`'s order: by folder, then by name. */
function imagesBelow(directory: string, className: string): string[] {
  const images = foldersFrom(directory, className)
    .sort()
    .flatMap((folder) => {
      const names = readdirSync(join(directory, folder)).filter((name) => EXTENSIONS.test(name));
      return names.sort().map((name) => `${folder}/${name}`);
    });
  if (images.length === 0) {
    const hint = "Extensions that count: jpg, jpeg, png, ppm, bmp, pgm, tif, tiff, webp.";
    fail(`class ${className} in ${directory}`, "must have at least one image", "none", hint);
  }
  return images;
}

/** A folder and all folders in it, as paths below `directory`. */
function foldersFrom(directory: string, folder: string): string[] {
  const entries = readdirSync(join(directory, folder), { withFileTypes: true });
  const inner = entries.filter((entry) => {
    return entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(directory, folder, entry.name)));
  });
  return [folder, ...inner.flatMap((entry) => foldersFrom(directory, `${folder}/${entry.name}`))];
}

/** Whether a path leads to a folder, through links as well. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
