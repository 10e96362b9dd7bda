/**
 * MNIST: handwritten digits, 28×28 grey, 60,000 + 10,000 (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist;
 * LeCun, Bottou, Bengio and Haffner 1998). Read from the original IDX files, gzipped or not.
 */
import { copyFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { displayPath, fail, NonsmoothError, sumOf } from "../util";
import { download, onDisk } from "./download";
import { type IdxFile, readIdx } from "./idx";
import { checkFolder, dataPlaces, downloadPlace, findFile, findFiles, foldersOf } from "./places";
import { foundRelative, type Relative } from "./relatives";
import { checkSplit, firstImages, refuseSplits } from "./select";
import { finishMovesIn, staged, tidyIn } from "./staging";
import type { DataSource, Dataset, FetchOptions, LoadOptions, Split } from "./types";

const MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/";
/** Our own name for the folder, and torchvision's. */
const SUBFOLDERS = ["mnist", "MNIST/raw"];
const SIZE = 28;
const CLASSES = 10;

/** One of the four official files. */
interface Official {
  /** Without `.gz`. */
  readonly name: string;
  readonly dimensions: readonly number[];
  /** Of the gzipped file, as the mirrors have it. */
  readonly packed: { readonly bytes: number; readonly md5: string };
  /** SHA-256 of the unpacked content. */
  readonly sha256: string;
}

/** The splits that MNIST has. */
type MnistSplit = Exclude<Split, "extra">;

const COUNTS = { train: 60_000, test: 10_000 };

const OFFICIAL: Readonly<Record<MnistSplit, readonly [images: Official, labels: Official]>> = {
  train: [
    {
      name: "train-images-idx3-ubyte",
      dimensions: [60_000, SIZE, SIZE],
      packed: { bytes: 9_912_422, md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873" },
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    {
      name: "train-labels-idx1-ubyte",
      dimensions: [60_000],
      packed: { bytes: 28_881, md5: "d53e105ee54ea40749a09fcbcd1e9432" },
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
  ],
  test: [
    {
      name: "t10k-images-idx3-ubyte",
      dimensions: [10_000, SIZE, SIZE],
      packed: { bytes: 1_648_877, md5: "9fb629c4189551a2d022fa330f9573f3" },
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    {
      name: "t10k-labels-idx1-ubyte",
      dimensions: [10_000],
      packed: { bytes: 4_542, md5: "ec29112dd5afa0611ce80d1b7f02629c" },
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
  ],
};

/** Datasets in MNIST's format and under its names: MD5 of the gzipped training and test images, as torchvision has them. */
const RELATIVES: Readonly<Record<string, string>> = {
  "8d4fb7e6c68d591d4c3dfef9ec88bf0d": "Fashion-MNIST",
  bef4ecab320f06d8554ea6380940ec79: "Fashion-MNIST",
  bdb82020997e1d708af4cf47b453dcf7: "KMNIST",
  "5c965bf0a639b31b8f53240b1b52f4d7": "KMNIST",
};
const ITS_OWN =
  "another dataset in MNIST's format: to use it, copy its files to mnist/; captions then say that it is not MNIST";
const FOLDERS: readonly Relative[] = ["FashionMNIST", "KMNIST", "EMNIST", "fashion-mnist", "kmnist", "emnist"].map(
  (path) => ({ path, is: ITS_OWN }),
);

/** Content of one of the four files; more is refused before it is inflated. */
const MOST_BYTES = 1 << 26;

/** MNIST, from the user's files or the official mirror. */
export const mnist: DataSource = {
  name: "mnist",
  summary: "MNIST, handwritten digits, 28×28 grey, 60,000 + 10,000 (11 MB to download)",
  shape: [SIZE, SIZE, 1],
  classes: CLASSES,
  counts: COUNTS,
  count: countHere,
  available: ({ split, directory }) => split !== "extra" && locate(split, directory) !== undefined,
  load,
  fetch: fetchAll,
  verify,
};

async function load({ split, count, directory, log }: LoadOptions): Promise<Dataset> {
  checkSplit(split, COUNTS);
  const [images, labels] = await readSplit(split, directory);
  const pairs = [images, labels].map((file, i) => ({ file, official: OFFICIAL[split][i]! }));
  const notes = new Set(pairs.map(({ file, official }) => difference(file, official)));
  for (const note of notes) if (note) log?.(`mnist, ${split} split: ${note}`);
  return firstImages(count, {
    name: "mnist",
    split,
    count: labels.data.length,
    shape: [SIZE, SIZE, 1],
    images: images.data,
    labels: labels.data,
    classes: CLASSES,
    description: `${titleOf(images, labels, split)}, ${split} split`,
    files: [images.content, labels.content],
  });
}

/** The name that hashes allow: only the official content is MNIST. */
function titleOf(images: IdxFile, labels: IdxFile, split: MnistSplit): string {
  const [officialImages, officialLabels] = OFFICIAL[split];
  const isMnist = images.content.sha256 === officialImages.sha256;
  if (isMnist && labels.content.sha256 === officialLabels.sha256) return "MNIST (LeCun, Cortes, Burges)";
  if (isMnist) return `MNIST's images with labels that are NOT the official ${labels.content.name}`;
  const known = RELATIVES[images.packedMd5 ?? ""];
  return `NOT MNIST, but ${known ?? "other images"} in its format`;
}

/** The files must be as long as the official ones. */
function countHere({ split, directory }: Pick<LoadOptions, "split" | "directory">): number {
  checkSplit(split, COUNTS);
  checkFolder(directory);
  if (!locate(split, directory)) failMissing(split, directory);
  return COUNTS[split];
}

async function verify({ directory }: Pick<LoadOptions, "directory">): Promise<string[]> {
  const lines: string[] = [];
  for (const split of ["train", "test"] as const) {
    const files = await readSplit(split, directory);
    for (const [i, file] of files.entries()) {
      const note = difference(file, OFFICIAL[split][i]!) ?? "official";
      lines.push(`${file.path}: ${file.dimensions.join(" × ")}, ${note}`);
    }
  }
  return lines;
}

/** The names of a file: the mirrors', unpacked, and as some programs unpack it. */
function namesOf({ name }: Official): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [`${name}.gz`, name, `${dotted}.gz`, dotted];
}

function locate(split: MnistSplit, directory?: string): string[] | undefined {
  finishMovesIn(directory, SUBFOLDERS);
  return findFiles(dataPlaces(directory), SUBFOLDERS, OFFICIAL[split].map(namesOf));
}

async function readSplit(split: MnistSplit, directory?: string): Promise<[images: IdxFile, labels: IdxFile]> {
  checkFolder(directory);
  const [imagesPath, labelsPath] = locate(split, directory) ?? failMissing(split, directory);
  const [officialImages, officialLabels] = OFFICIAL[split];
  const images = await readIdx(imagesPath!, 3, MOST_BYTES);
  const labels = await readIdx(labelsPath!, 1, MOST_BYTES);
  const [n, height, width] = images.dimensions as [number, number, number];
  if (labels.data.length !== n) {
    fail(labels.path, `must hold a label for each of the ${n} images in ${basename(images.path)}`, labels.data.length);
  }
  if (height !== SIZE || width !== SIZE) fail(images.path, "images must be 28 × 28", `${height} × ${width}`);
  checkFile(images, officialImages);
  checkFile(labels, officialLabels);
  return [images, labels];
}

/** The checks of one file that do not need the other. */
function checkFile(file: IdxFile, official: Official): void {
  const rule = `must hold ${official.dimensions.join(" × ")} values, as the official file does`;
  if (file.dimensions.join() !== official.dimensions.join()) fail(file.path, rule, file.dimensions.join(" × "));
  if (file.dimensions.length > 1) return;
  const wrong = file.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) fail(file.path, "labels must be 0 to 9", file.data[wrong], `it is label number ${wrong}, from 0`);
}

function failMissing(split: MnistSplit, directory?: string): never {
  const names = OFFICIAL[split].map(({ name }) => `${name}[.gz]`).join(" and ");
  const hint =
    foundRelative(dataPlaces(directory), FOLDERS) +
    "`npx nonsmooth data fetch mnist` downloads it (11 MB), with `--from DIR` it copies your files; " +
    'NONSMOOTH_DATA names another place; the datasets "auto" and "glyphs" need no file';
  fail("mnist", `${names} must be in one of the data folders or its mnist/`, dataPlaces(directory).join(", "), hint);
}

/** How a usable file differs from the official one; undefined if it does not. */
function difference(file: IdxFile, official: Official): string | undefined {
  if (file.content.sha256 !== official.sha256) {
    return `NOT the official ${official.name}: its content has SHA-256 ${file.content.sha256}, not ${official.sha256}`;
  }
  return file.packedMd5 === undefined || file.packedMd5 === official.packed.md5
    ? undefined
    : "the official content, compressed again";
}

/** ", NOT the official …", or nothing. */
const doubtOf = (file: IdxFile, official: Official): string =>
  file.content.sha256 === official.sha256 ? "" : `, ${difference(file, official)}`;

async function fetchAll(options: FetchOptions): Promise<void> {
  refuseSplits("mnist", options.splits);
  const files = [...OFFICIAL.train, ...OFFICIAL.test];
  const place = downloadPlace(options.directory);
  await tidyIn(place, SUBFOLDERS);
  const folder =
    foldersOf([place], SUBFOLDERS).find((path) => files.some((file) => findFile(path, namesOf(file)))) ??
    join(place, SUBFOLDERS[0]!);
  const missing: Official[] = [];
  for (const file of files) if (!(await isIntact(folder, file, options.log))) missing.push(file);
  if (missing.length === 0) return;
  const { from = MIRROR } = options;
  if (/^https?:/.test(from)) await downloadTo(folder, missing, { ...options, from });
  else await copyTo(folder, missing, { ...options, from });
}

async function isIntact(folder: string, file: Official, log: FetchOptions["log"]): Promise<boolean> {
  const path = findFile(folder, namesOf(file));
  if (!path) return false;
  try {
    const found = await readIdx(path, file.dimensions.length, MOST_BYTES);
    checkFile(found, file);
    log?.(`${displayPath(path)}: already there${doubtOf(found, file)}`);
    return true;
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    log?.(`${error.message.split("\n")[0]}: fetched again`);
    return false;
  }
}

const bytesOf = (files: readonly Official[]): number => sumOf(files, ({ packed }) => packed.bytes);

type From = FetchOptions & { readonly from: string };

async function downloadTo(folder: string, files: readonly Official[], options: From): Promise<void> {
  const { from, log } = options;
  const total = bytesOf(files);
  let before = 0;
  for (const { name, packed } of files) {
    const path = join(folder, `${name}.gz`);
    const progress = (done: number) => options.progress?.(before + done, total);
    await download({ url: `${from.replace(/\/*$/, "/")}${name}.gz`, path, ...packed }, { ...options, progress });
    log?.(`${displayPath(path)}: fetched from ${from}`);
    before += packed.bytes;
    options.progress?.(before, total);
  }
}

/** Copies files of a folder, together: images and labels of two sources must not be mixed. */
async function copyTo(folder: string, files: readonly Official[], options: From): Promise<void> {
  const { from, log, signal, progress } = options;
  const copied: string[] = [];
  const preferred: string[] = [];
  await staged(folder, async (beside) => {
    for (const file of files) {
      signal?.throwIfAborted();
      const source = findFiles([from], SUBFOLDERS, [namesOf(file)])?.[0];
      if (!source) fail("mnist", `${file.name}[.gz] must be in the folder to copy from`, from);
      const found = await readIdx(source, file.dimensions.length, MOST_BYTES);
      checkFile(found, file);
      const path = join(folder, basename(source));
      await onDisk(path, () => copyFile(source, join(beside, basename(source))));
      const names = namesOf(file);
      preferred.push(...names.slice(0, names.indexOf(basename(source))));
      copied.push(`${displayPath(path)}: fetched from ${from}${doubtOf(found, file)}`);
      progress?.(bytesOf(files.slice(0, copied.length)), bytesOf(files));
    }
  });
  // a broken file under a name that is preferred to the copy's would be read in its place
  for (const name of preferred) await onDisk(folder, () => rm(join(folder, name), { force: true }));
  for (const line of copied) log?.(line);
}
