/** The images of an experiment: datasets in memory, and ImageNet's folder of files. */
import {
  anySource,
  type Dataset,
  type ImageFolder,
  preprocessing,
  resolveDataset,
  type Split,
  transformedShape,
} from "../../data";
import type { ImageShape } from "../../nn";
import { fail, NonsmoothError } from "../../util";
import type { DataContext } from "../types";
import type { DataKeys } from "./keys";

export type Images = Dataset | ImageFolder;

/**
 * A registered dataset's name, `auto` and `auto-colour` resolved.
 * @param options.folders whether it may be an image folder's; default false
 */
export async function datasetName(
  name: string,
  { dataDirectory: directory, download, log }: DataContext,
  { folders = false } = {},
): Promise<string> {
  return (await resolveDataset(name, { directory, download, log, folders })).name;
}

/**
 * How many images a split has here. If it is not here and nothing may be downloaded: the official number, enough for a plan.
 * @throws NonsmoothError for a split that does not exist, or is not here
 */
export function splitCount(
  name: string,
  split: Split,
  { dataDirectory: directory, download, log }: DataContext,
): number {
  const source = anySource(name);
  const { counts } = source;
  const official = counts[split] ?? fail("split", `must be one of the splits of ${name}, ${splitsOf(counts)}`, split);
  if ("open" in source) return source.open({ split, directory }).count;
  try {
    return source.count?.({ split, directory }) ?? official;
  } catch (error) {
    if (download !== false || !(error instanceof NonsmoothError)) throw error;
    log(`${name} is not here: planned with all ${official} images of its ${split} split`);
    return official;
  }
}

const splitsOf = (counts: object) => Object.keys(counts).join(", ");

/** Images of a split: `count` of them, or all. */
export async function loadImages(
  name: string,
  split: Split,
  count: number | null,
  { dataDirectory: directory, log }: DataContext,
): Promise<Images> {
  const source = anySource(name);
  if ("load" in source) return source.load({ split, count: count ?? undefined, directory, log });
  const folder = source.open({ split, directory });
  for (const note of folder.notes ?? []) log(`${name}, ${split} split: ${note}`);
  return count === null ? folder : evenlySpaced(folder, count);
}

/** A folder is sorted by class: its first images would all be of one class. */
function evenlySpaced(folder: ImageFolder, count: number): ImageFolder {
  const taken = Array.from({ length: count }, (_, i) => Math.floor((i * folder.count) / count));
  return {
    ...folder,
    count,
    paths: taken.map((i) => folder.paths[i]!),
    labels: Int32Array.from(taken, (i) => folder.labels[i]!),
    description: `${folder.description}, ${count} of them, evenly spaced`,
  };
}

/** [height, width, channels] of what a network is given, and the number of classes. */
export async function problemShape(
  { dataset, split, preprocessing: name }: Pick<DataKeys, "dataset" | "split" | "preprocessing">,
  { dataDirectory: directory }: DataContext,
): Promise<{ readonly inputShape: ImageShape; readonly classes: number }> {
  const source = anySource(dataset);
  const { shape, classes } = "open" in source ? folderShape(source.open({ split, directory })) : source;
  const [height, width, channels] = transformedShape(preprocessing(name, split), shape);
  if (height === undefined || width === undefined) {
    return fail("preprocessing", `must bring the images of ${dataset} to one size`, name, "use imagenet");
  }
  return { inputShape: [height, width, channels], classes };
}

const folderShape = ({ channels, classes }: ImageFolder) => ({
  shape: [undefined, undefined, channels] as const,
  classes,
});

/** Throws where more images are asked for than there are. */
export function checkCount(what: string, count: number | null, most: number, dataset: string): void {
  if (count !== null && count > most) fail(what, `must be at most the ${most} images of ${dataset}`, count);
}

/** What the manifest says about images. */
export function provenanceOf(images: Images): Readonly<Record<string, unknown>> {
  const { name, description, count, split } = images;
  return { name, description, ...("files" in images ? { files: images.files } : {}), count, split };
}
