import { registry } from "./auto";
import { glyphSource } from "./glyphs";
import { mnist } from "./mnist";
import type { DataSource } from "./types";

/** The datasets, one line each. */
export const dataSources: readonly DataSource[] = [mnist, glyphSource];

export const { dataSource, resolveDataset, loadDataset } = registry(dataSources);

export type { Registry, Resolved, ResolveOptions } from "./auto";
export { type Batch, Batches, type BatchFormat, type BatchOptions } from "./batches";
export { type Download, type DownloadOptions, download } from "./download";
export { type GlyphOptions, glyphs } from "./glyphs";
export { type IdxArray, type IdxFile, parseIdx, readIdx } from "./idx";
export { dataPlaces } from "./places";
export type { DataFile, DataSource, Dataset, FetchOptions, LoadOptions, Split } from "./types";
