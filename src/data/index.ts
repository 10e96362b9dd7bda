import { registry } from "./auto";
import { cifar10 } from "./cifar10";
import { colourGlyphSource } from "./colour-glyphs";
import { glyphSource } from "./glyphs";
import { type FolderSource, imagenet } from "./imagenet";
import { mnist } from "./mnist";
import { svhn } from "./svhn";
import type { DataSource } from "./types";

/** The datasets, one line each. */
export const dataSources: readonly DataSource[] = [mnist, glyphSource, cifar10, svhn, colourGlyphSource];

/** Datasets that are streamed from image folders of the user's. */
export const folderSources: readonly FolderSource[] = [imagenet];

export const { dataSource, anySource, resolveDataset, loadDataset } = registry(dataSources, folderSources);

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
