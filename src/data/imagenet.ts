/**
 * ImageNet of the ILSVRC 2012 (Russakovsky et al., IJCV 2015), 1,281,167 + 50,000 images in 1,000 classes. The user supplies
 * it (https://image-net.org), as an image folder: train/<wnid>/*.JPEG and val/<wnid>/*.JPEG.
 */
import { join } from "node:path";
import { fail } from "../util";
import { isFolder } from "./class-folders";
import { type ImageFolder, openImageFolder } from "./image-folder";
import { checkFolder, dataPlaces } from "./places";
import { checkSplit } from "./select";
import type { LoadOptions, Split } from "./types";

const COUNTS = { train: 1_281_167, test: 50_000 };
const CLASSES = 1000;
const REMEDY =
  "ImageNet is not downloaded: get it from https://image-net.org, one folder of JPEG files for each class, and name the " +
  "folder that holds imagenet/ or its train/ and val/ with NONSMOOTH_DATA or --data";

/** A dataset that is streamed from an image folder, as a source: no `load`, as it does not fit into memory, and no `fetch`. */
export interface FolderSource {
  readonly name: string;
  /** One sentence for `nonsmooth list`. */
  readonly summary: string;
  /** How many images each split has officially. */
  readonly counts: Readonly<Partial<Record<Split, number>>>;
  /** How to get it, as a sentence. */
  readonly remedy: string;
  /** Whether `open` finds the folder. */
  available(options: Pick<LoadOptions, "split" | "directory">): boolean;
  /** Lists the images. @throws NonsmoothError if they are not found, and as `openImageFolder` does */
  open(options: Pick<LoadOptions, "split" | "directory">): ImageFolder;
  /** Counts classes and images: one line per split. @throws NonsmoothError as `open` does */
  verify(options: Pick<LoadOptions, "directory">): Promise<string[]>;
}

/**
 * Searched in each data folder as imagenet/, or as the data folder itself if it has train/ and val/.
 *
 * @example
 * ```ts
 * import { imagenet } from "nonsmooth";
 *
 * const split = "test"; // its validation images
 * console.log(imagenet.available({ split }) ? imagenet.open({ split }).count : imagenet.remedy);
 * ```
 */
export const imagenet: FolderSource = {
  name: "imagenet",
  summary: "ImageNet (ILSVRC 2012), colour photographs, 1,281,167 + 50,000; an image folder that you supply",
  counts: COUNTS,
  remedy: REMEDY,
  available: ({ split, directory }) => Object.hasOwn(COUNTS, split) && locate(directory) !== undefined,
  open({ split, directory }) {
    checkSplit(split, COUNTS);
    checkFolder(directory);
    const found = locate(directory);
    const places = dataPlaces(directory).join(", ");
    const rule = "train/ and val/ must be in one of the data folders or its imagenet/";
    if (!found) fail("imagenet", rule, places, REMEDY);
    return described(
      openImageFolder({ directory: found, split: split === "train" ? "train" : "test", name: "imagenet" }),
    );
  },
  async verify({ directory }) {
    return (["train", "test"] as const).map((split) => {
      const folder = imagenet.open({ split, directory });
      const size = `${folder.count} images in ${folder.classes} classes`;
      const official = `${COUNTS[split]} in ${CLASSES}`;
      const judged = isOfficial(folder) ? "as the official ones" : `NOT the official ${official}`;
      return [`${folder.directory}: ${size}, ${judged}`, ...(folder.notes ?? [])].join("; ");
    });
  },
};

function locate(directory: string | undefined): string | undefined {
  const folders = dataPlaces(directory).flatMap((place) => [join(place, "imagenet"), place]);
  return folders.find((folder) => ["train", "val"].every((split) => isFolder(join(folder, split))));
}

/** Judged only by the numbers of classes and images. */
function isOfficial({ split, count, classes }: ImageFolder): boolean {
  return classes === CLASSES && count === COUNTS[split as keyof typeof COUNTS];
}

function described(folder: ImageFolder): ImageFolder {
  const { split, count, classes } = folder;
  const size = `${count} images in ${classes} classes`;
  const title = `ImageNet (ILSVRC 2012), ${split} split`;
  const description = isOfficial(folder) ? `${title}, ${size}` : `NOT the official ${title}, but a folder of ${size}`;
  return { ...folder, description };
}
