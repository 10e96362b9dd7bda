/**
 * SVHN: house numbers from street views, cropped digits, 32×32 colour, 73,257 + 26,032 and 531,131 extra for training
 * (Netzer, Wang, Coates, Bissacco, Wu and Ng 2011, http://ufldl.stanford.edu/housenumbers). Read from the original
 * MAT-files as a stream: X [32, 32, 3, n] of bytes, y [n, 1] with 10 for the digit 0; both of any class of real numbers up to 32 bits,
 * or double.
 */
import { join } from "node:path";
import { displayPath, fail, NonsmoothError } from "../util";
import { channelsLast } from "./channels-last";
import { download } from "./download";
import { type MatArray, type MatReceiver, readMat } from "./mat";
import { listMat } from "./mat-list";
import { checkFolder, dataPlaces, downloadPlace, findFile, findFiles } from "./places";
import { checkCount, checkSplit } from "./select";
import { sharedBytes } from "./shared-bytes";
import { copyInto, finishMovesIn, tidyIn } from "./staging";
import type { DataFile, DataSource, Dataset, FetchOptions, LoadOptions, Split } from "./types";

const MIRROR = "http://ufldl.stanford.edu/housenumbers/";
const SUBFOLDERS = ["svhn"];
const SIZE = 32;
const CHANNELS = 3;
const VALUES = SIZE * SIZE * CHANNELS;
const CLASSES = 10;
const COUNTS = { train: 73_257, test: 26_032, extra: 531_131 };

const OFFICIAL: Readonly<Record<Split, { readonly bytes: number; readonly md5: string }>> = {
  train: { bytes: 182_040_794, md5: "e26dedcc434d2e4c54c9b2d4a06d8373" },
  test: { bytes: 64_275_384, md5: "eb5a983be6a315427106f1b164d9cef3" },
  extra: { bytes: 1_329_278_602, md5: "a93ce644f1a588dc4d68dda5feec44a7" },
};

/** Column-major [32, 32, 3]. */
const reorder = channelsLast([SIZE, SIZE, CHANNELS], (y, x, c) => y + SIZE * (x + SIZE * c));

/** SVHN, from the user's files or the official address. */
export const svhn: DataSource = {
  name: "svhn",
  summary: "SVHN, house numbers, 32×32 colour, 73,257 + 26,032 (246 MB to download) and 531,131 extra (1.3 GB)",
  shape: [SIZE, SIZE, CHANNELS],
  classes: CLASSES,
  counts: COUNTS,
  count: countHere,
  available: ({ split, directory }) => Object.hasOwn(COUNTS, split) && locate(split, directory) !== undefined,
  load,
  fetch: fetchAll,
  verify,
};

async function load({ split, count, directory, log }: LoadOptions): Promise<Dataset> {
  checkSplit(split, COUNTS);
  if (count !== undefined) checkCount(count, COUNTS[split]);
  const path = pathOf(split, directory);
  const { images, labels, content, note } = await readSvhn(path, split, count);
  if (note) log?.(`svhn, ${split} split: ${note}`);
  const first = count === undefined ? "" : `, the first ${count}`;
  const reservation = note ? `; ${note}` : "";
  return {
    name: "svhn",
    split,
    count: labels.length,
    shape: [SIZE, SIZE, CHANNELS],
    images,
    labels,
    classes: CLASSES,
    description: `SVHN, cropped digits (Netzer et al. 2011), ${split} split${first}${reservation}`,
    files: [content],
  };
}

/** From the header of X, which is read without its values. */
function countHere({ split, directory }: Pick<LoadOptions, "split" | "directory">): number {
  checkSplit(split, COUNTS);
  const path = pathOf(split, directory);
  for (const array of listMat(path)) if (array.name === "X") return imagesIn(array, path);
  return fail(path, "must hold the arrays X and y", "no X");
}

async function verify({ directory }: Pick<LoadOptions, "directory">): Promise<string[]> {
  checkFolder(directory);
  const splits = (Object.keys(COUNTS) as Split[]).filter((split) => locate(split, directory));
  if (splits.length === 0) failMissing("train", directory);
  const lines: string[] = [];
  for (const split of splits) {
    const path = locate(split, directory)!;
    const { total, note } = await readSvhn(path, split, 0);
    lines.push(`${path}: ${total} images, ${note ?? "official"}`);
  }
  return lines;
}

const nameOf = (split: Split): string => `${split}_32x32.mat`;

function locate(split: Split, directory?: string): string | undefined {
  finishMovesIn(directory, SUBFOLDERS);
  return findFiles(dataPlaces(directory), SUBFOLDERS, [[nameOf(split)]])?.[0];
}

function pathOf(split: Split, directory: string | undefined): string {
  checkFolder(directory);
  return locate(split, directory) ?? failMissing(split, directory);
}

function failMissing(split: Split, directory?: string): never {
  const hint =
    "`npx nonsmooth data fetch svhn` downloads train and test (246 MB), with `--from DIR` it copies your files; " +
    'NONSMOOTH_DATA names another place; the dataset "colour-glyphs" needs no file';
  fail(
    "svhn",
    `${nameOf(split)} must be in one of the data folders or its svhn/`,
    dataPlaces(directory).join(", "),
    hint,
  );
}

interface SvhnFile {
  /** [at most `most`, 32, 32, 3] */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** How many images the file holds. */
  readonly total: number;
  readonly content: DataFile;
  /** How the file differs from the official one; undefined if it does not. */
  readonly note?: string;
}

/** Reads and checks a whole file, and keeps its first `most` images, or all if that is undefined. */
async function readSvhn(path: string, split: Split, most?: number): Promise<SvhnFile> {
  const images = new Images(path, most);
  const labels = new Labels(path);
  const { content, md5 } = await readMat(path, (array) => {
    if (array.name === "X") return images.visit(array);
    return array.name === "y" ? labels.visit(array) : undefined;
  });
  const missing = [images.total === undefined && "X", labels.values === undefined && "y"].filter(Boolean);
  if (missing.length > 0) fail(path, "must hold the arrays X and y", `no ${missing.join(" and no ")}`);
  const total = images.total!;
  if (labels.values!.length !== total) {
    fail(path, `must hold a label for each of its ${total} images`, labels.values!.length);
  }
  const note = md5 === OFFICIAL[split].md5 ? undefined : `NOT the official ${nameOf(split)}`;
  return { images: images.values, labels: labels.values!.subarray(0, most), total, content, note };
}

/** How many images X holds. */
function imagesIn({ class: kind, dimensions }: MatArray, path: string): number {
  // MATLAB drops a last dimension of 1
  const [height, width, channels, total = 1] = dimensions;
  if (NOT_NUMBERS.has(kind)) fail(path, "X must be of a class of numbers, as uint8", kind);
  if (height !== SIZE || width !== SIZE || channels !== CHANNELS || total < 1 || dimensions.length > 4) {
    fail(path, "X must be 32 × 32 × 3 × n", dimensions.join(" × "));
  }
  if (total > MOST) fail(path, `X must hold at most ${MOST} images`, total);
  return total;
}

const NOT_NUMBERS: ReadonlySet<string> = new Set(["cell", "struct", "object", "char", "sparse"]);
/** Images of one file, so that a header alone cannot ask for all memory: as many as the largest official file has. */
const MOST = COUNTS.extra;

/** Takes X: image after image from column-major order to ours. */
class Images {
  values: Uint8Array = new Uint8Array(0);
  total: number | undefined;

  constructor(
    private readonly path: string,
    private readonly most: number | undefined,
  ) {}

  visit(array: MatArray): MatReceiver {
    const total = imagesIn(array, this.path);
    if (this.most) checkCount(this.most, total);
    this.total = total;
    // shared, so that a loader's thread reads them without a copy: `extra` has 1.6 GB
    this.values = sharedBytes(Math.min(total, this.most ?? total) * VALUES);
    return { unit: VALUES, receive: (values, first) => this.receive(values, first) };
  }

  private receive(values: Uint8Array | Float64Array, first: number): void {
    const wrong = values instanceof Uint8Array ? undefined : values.find((value) => !isByte(value));
    if (wrong !== undefined) fail(this.path, "X must hold integers from 0 to 255", wrong);
    const end = Math.min(values.length, this.values.length - first);
    for (let at = 0; at < end; at += VALUES) reorder(values, at, this.values, first + at);
  }
}

const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 255;

/** Takes y: 1 … 10, where 10 stands for the digit 0. */
class Labels {
  values: Uint8Array | undefined;

  constructor(private readonly path: string) {}

  visit({ class: kind, dimensions }: MatArray): MatReceiver {
    const [rows = 0, columns = 0] = dimensions;
    if (NOT_NUMBERS.has(kind)) fail(this.path, "y must be of a class of numbers, as uint8", kind);
    if (dimensions.length !== 2 || (rows !== 1 && columns !== 1)) {
      fail(this.path, "y must be n × 1 or 1 × n", dimensions.join(" × "));
    }
    if (rows * columns > MOST) fail(this.path, `y must hold at most ${MOST} labels`, rows * columns);
    const labels = new Uint8Array(rows * columns);
    this.values = labels;
    return {
      unit: 1,
      receive: (values, first) => {
        for (let i = 0; i < values.length; i++) labels[first + i] = this.digit(values[i]!, first + i);
      },
    };
  }

  private digit(label: number, index: number): number {
    if (Number.isInteger(label) && label >= 1 && label <= CLASSES) return label % CLASSES;
    fail(this.path, "labels must be 1 to 10", label, `it is label number ${index}, from 0`);
  }
}

async function fetchAll(options: FetchOptions): Promise<void> {
  const splits = options.splits ?? ["train", "test"];
  for (const split of splits) checkSplit(split, COUNTS);
  const place = downloadPlace(options.directory);
  await tidyIn(place, SUBFOLDERS);
  const total = splits.reduce((sum, split) => sum + OFFICIAL[split].bytes, 0);
  let before = 0;
  for (const split of splits) {
    const progress = (done: number) => options.progress?.(before + done, total);
    if (!(await isIntact(place, split, options.log))) await fetchOne(place, split, { ...options, progress });
    before += OFFICIAL[split].bytes;
    options.progress?.(before, total);
  }
}

async function isIntact(place: string, split: Split, log: FetchOptions["log"]): Promise<boolean> {
  const path = findFiles([place], SUBFOLDERS, [[nameOf(split)]])?.[0];
  if (!path) return false;
  try {
    const { note } = await readSvhn(path, split, 0);
    log?.(`${displayPath(path)}: already there${note ? `, ${note}` : ""}`);
    return true;
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    log?.(`${error.message.split("\n")[0]}: fetched again`);
    return false;
  }
}

async function fetchOne(place: string, split: Split, options: FetchOptions): Promise<void> {
  const from = options.from ?? MIRROR;
  const name = nameOf(split);
  const folder = findFile(place, [name]) ? place : join(place, SUBFOLDERS[0]!);
  const path = join(folder, name);
  let doubt = "";
  if (/^https?:/.test(from)) {
    await download({ url: `${from.replace(/\/*$/, "/")}${name}`, path, ...OFFICIAL[split] }, options);
  } else {
    const source = findFiles([from], SUBFOLDERS, [[name]])?.[0];
    if (!source) fail("svhn", `${name} must be in the folder to copy from`, from);
    const { note } = await readSvhn(source, split, 0);
    if (note) doubt = `, ${note}`;
    await copyInto(source, path);
  }
  options.log?.(`${displayPath(path)}: fetched from ${from}${doubt}`);
}
