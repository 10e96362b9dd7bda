/**
 * Images in one folder per class, streamed from disk: <directory>/train/<class>/…, <directory>/val/<class>/… Classes and
 * files have the order of torchvision's `ImageFolder`, so labels and indices are the same.
 */
import { basename, join, resolve } from "node:path";
import { fail } from "../util";
import { classNamesIn, isFolder, listClasses } from "./class-folders";
import { checkFolder } from "./places";
import type { Split } from "./types";

/** The folder of each split. ImageNet's own test images have no labels, so its validation images serve as the test. */
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
  /** `[count]`: paths below `directory`, with forward slashes. */
  readonly paths: readonly string[];
  /** [count], class indices in [0, classes). */
  readonly labels: Int32Array;
  readonly classes: number;
  /** `[classes]`: the names of the folders, sorted. */
  readonly classNames: readonly string[];
  /** Always RGB. */
  readonly channels: 3;
  /** One line for a caption. */
  readonly description: string;
  /** What was left out of the listing, one line each: hidden files, links to what is listed anyway. */
  readonly notes?: readonly string[];
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
 * including those in nested folders, each file once. Unlike in torchvision, hidden files and folders (.DS_Store, ._1.png,
 * .ipynb_checkpoints) are left out. If both splits are present, they must have the same classes.
 *
 * @throws NonsmoothError for an unknown split, a missing folder, no classes, a class without images, or different classes in the
 * other split, a link that leads nowhere, an image that is not a regular file, a name that is not UTF-8
 * @example
 * ```ts
 * import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openImageFolder } from "nonsmooth";
 *
 * const photos = mkdtempSync(join(tmpdir(), "photos-"));
 * for (const folder of ["train/cat", "train/dog"]) mkdirSync(join(photos, folder), { recursive: true });
 * const pixels = "P3 2 1 255  0 0 0  255 255 255"; // an image of the format PPM
 * for (const image of ["cat/1.ppm", "cat/2.ppm", "dog/1.ppm"]) writeFileSync(join(photos, "train", image), pixels);
 * const { classNames, labels } = openImageFolder({ directory: photos, split: "train" });
 * console.log(classNames, [...labels]); // [ 'cat', 'dog' ] [ 0, 0, 1 ]
 * ```
 */
export function openImageFolder(options: ImageFolderOptions): ImageFolder {
  if (!Object.hasOwn(FOLDERS, options.split)) fail("split", "must be train, test or val", options.split);
  checkFolder(options.directory);
  const root = resolve(options.directory);
  const { name = basename(root) } = options;
  const directory = join(root, FOLDERS[options.split]);
  if (!isFolder(directory))
    fail(`image folder ${root}`, "must have the folders train and val", `no ${basename(directory)}`);
  const { classNames, members, notes } = listClasses(directory);
  checkSameClasses(root);
  const paths = members.flat();
  const labels = Int32Array.from(members.flatMap((images, label) => images.map(() => label)));
  const split = options.split === "train" ? "train" : "test";
  const [count, classes] = [labels.length, classNames.length];
  const description = `${name} (image folder), ${split} split, ${count} images in ${classes} classes`;
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
    notes,
  };
}

/** Labels are positions among the sorted names: with different classes they would have different meanings in the two splits. */
function checkSameClasses(root: string): void {
  const folders = [join(root, "train"), join(root, "val")] as const;
  if (!folders.every(isFolder)) return;
  const [train, val] = folders.map((folder) => new Set(classNamesIn(folder))) as [Set<string>, Set<string>];
  const alone = [...train, ...val].filter((name) => !(train.has(name) && val.has(name))).sort();
  if (alone.length === 0) return;
  const [first] = alone as [string];
  const hint = "a label is a class's position among the sorted names: it would mean different classes in the two";
  fail(
    `image folder ${root}`,
    "train/ and val/ must have the same classes",
    `${first} in ${train.has(first) ? "train" : "val"}/ alone`,
    hint,
  );
}
