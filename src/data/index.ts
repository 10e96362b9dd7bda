import { registry } from "./auto";
import { cifar10 } from "./cifar10";
import { colourGlyphSource } from "./colour-glyphs";
import { glyphSource } from "./glyphs";
import { type FolderSource, imagenet } from "./imagenet";
import { mnist } from "./mnist";
import { svhn } from "./svhn";
import type { DataSource } from "./types";

/**
 * The datasets, one line each.
 *
 * @example
 * ```ts
 * import { dataSources } from "nonsmooth";
 *
 * for (const { name, shape } of dataSources) console.log(name, shape.join("×")); // mnist 28×28×1
 * // glyphs 28×28×1
 * // cifar10 32×32×3
 * // svhn 32×32×3
 * // colour-glyphs 32×32×3
 * ```
 */
export const dataSources: readonly DataSource[] = [mnist, glyphSource, cifar10, svhn, colourGlyphSource];

/** Datasets that are streamed from image folders of the user's. */
export const folderSources: readonly FolderSource[] = [imagenet];

const registered = registry(dataSources, folderSources);
export const { dataSource, anySource } = registered;

/**
 * The registered dataset that a name stands for, with the reason: `auto` (28×28 grey) is MNIST or glyphs, `auto-colour` (32×32×3)
 * CIFAR-10 or colour-glyphs, whichever is available. MNIST (11 MB) is downloaded for `auto`, unless that is forbidden.
 *
 * @throws NonsmoothError for an unknown name, with the nearest known one as a hint; the signal's reason when it is aborted
 * @example
 * ```ts
 * import { loadDataset, resolveDataset } from "nonsmooth";
 *
 * const { name, reason } = await resolveDataset("auto-colour"); // CIFAR-10 if it is here, else drawn digits
 * const { count } = await loadDataset(name, { split: "train", count: 10 });
 * console.log(name, reason, count);
 * ```
 */
export const resolveDataset = registered.resolveDataset;

/**
 * Loads a dataset into memory by its name, also by `auto` and `auto-colour`.
 *
 * @throws NonsmoothError as `resolveDataset` does, and where the data are missing or broken
 * @example
 * ```ts
 * import { loadDataset } from "nonsmooth";
 *
 * const { name, count, shape } = await loadDataset("glyphs", { split: "test", count: 500 });
 * console.log(name, count, shape); // glyphs 500 [ 28, 28, 1 ]
 * ```
 */
export const loadDataset = registered.loadDataset;

export { type ArraysOptions, arrays } from "./arrays";
export { type Registry, type Resolved, type ResolveOptions, realOf } from "./auto";
export { type Batch, Batches, type BatchOptions } from "./batches";
export { type ColourGlyphOptions, colourGlyphs } from "./colour-glyphs";
export { type Download, type DownloadOptions, download } from "./download";
export { type GlyphOptions, glyphs } from "./glyphs";
export { type IdxArray, type IdxFile, parseIdx, readIdx } from "./idx";
export { type ImageFolder, type ImageFolderOptions, openImageFolder } from "./image-folder";
export { type FolderSource, imagenet } from "./imagenet";
export { createLoader, type EpochOptions, type LoadedBatch, type Loader, type LoaderOptions } from "./loader";
export { type MatArray, type MatFile, type MatReceiver, type MatVisitor, readMat } from "./mat";
export { dataPlaces, downloadPlace } from "./places";
export { holdOut } from "./select";
export {
  type Preprocessing,
  type PreprocessingName,
  preprocessing,
  preprocessings,
  type Transform,
  transformedShape,
} from "./transforms";
export type { DataFile, DataSource, Dataset, FetchOptions, LoadOptions, NumberDataset, Split } from "./types";
