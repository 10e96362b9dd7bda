/**
 * CIFAR-10: photographs of ten kinds of things, 32×32 colour, 50,000 + 10,000 (Krizhevsky 2009, "Learning multiple layers
 * of features from tiny images"; https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"). Five training files and
 * one test file of 10,000 records: a byte for the class, then the planes red, green and blue.
 *
 * The archive's MD5 is published, the files' hashes are not. Unpacking the official archive therefore leaves a record of
 * the hashes in official.json beside the files; later loads compare the files with it. As anyone can write such a record, files that
 * agree with it are called recorded, and only the archive itself official.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { displayPath, fail, NonsmoothError, readRegularFile } from "../util";
import { unpack } from "./archive";
import { channelsLast } from "./channels-last";
import { download, md5Of, onDisk } from "./download";
import { checkFolder, dataPlaces, downloadPlace, findFile, foldersOf } from "./places";
import { foundRelative, type Relative } from "./relatives";
import { checkCount, checkSplit, refuseSplits } from "./select";
import { sharedBytes } from "./shared-bytes";
import { finishMovesIn, staged, tidyIn } from "./staging";
import type { DataFile, DataSource, Dataset, FetchOptions, LoadOptions, Split } from "./types";

const MIRROR = "https://www.cs.toronto.edu/~kriz/";
const ARCHIVE = { name: "cifar-10-binary.tar.gz", bytes: 170_052_171, md5: "c32a1d4ab5d03f1284b67883e8d87530" };
/** The archive's own name for the folder, and ours. */
const SUBFOLDERS = ["cifar-10-batches-bin", "cifar10"];
const FILES = {
  train: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
  test: ["test_batch.bin"],
};
/** The names of the classes; for people, not used by the library. */
const META = "batches.meta.txt";
const RECORD = "official.json";
const COUNTS = { train: 50_000, test: 10_000 };

/** Other versions and datasets of the same authors. */
const PYTHON = "CIFAR-10's Python version (pickled), which is not read: get the binary version, cifar-10-binary.tar.gz";
const CIFAR100 = "CIFAR-100, which is not read: get CIFAR-10's binary version, cifar-10-binary.tar.gz";
const MATLAB = "CIFAR-10's Matlab version, which is not read: get the binary version, cifar-10-binary.tar.gz";
const RELATIVES: readonly Relative[] = [
  ...["cifar-10-batches-py", "cifar-10-python.tar.gz", "data_batch_1", "cifar10/data_batch_1"].map((path) => ({
    path,
    is: PYTHON,
  })),
  ...["cifar-100-binary", "cifar-100-python", "cifar-100-binary.tar.gz", "cifar-100-python.tar.gz"].map((path) => ({
    path,
    is: CIFAR100,
  })),
  ...["cifar-10-batches-mat", "cifar-10-matlab.tar.gz"].map((path) => ({ path, is: MATLAB })),
];

/** What is said about files with a record. */
const RECORDED = "official as recorded in official.json";
/** What is said about files without a record. */
const DOUBT = "NOT verified to be the official bytes";

const SIZE = 32;
const PLANE = SIZE * SIZE;
const PIXELS = 3 * PLANE;
const RECORDS = 10_000;
const BYTES = RECORDS * (1 + PIXELS);
/** Enough for CIFAR-100's training file, so that it can be named. */
const MOST_BYTES = 1 << 28;
const CLASSES = 10;

const reorder = channelsLast([SIZE, SIZE, 3], (y, x, c) => c * PLANE + y * SIZE + x);

/** Facts about the files that came out of the official archive. */
const Official = z.object({
  archive: z.string(),
  md5: z.literal(ARCHIVE.md5),
  sha256: z.record(z.string(), z.string()),
});
type Official = z.infer<typeof Official>;

/** CIFAR-10, from the user's files or the official archive. */
export const cifar10: DataSource = {
  name: "cifar10",
  summary: "CIFAR-10, photographs of ten kinds of things, 32×32 colour, 50,000 + 10,000 (170 MB to download)",
  shape: [SIZE, SIZE, 3],
  classes: CLASSES,
  counts: COUNTS,
  count: ({ split, directory }) => filesOf(split, directory).length * RECORDS,
  available: ({ split, directory }) => split !== "extra" && locate(split, directory).length > 0,
  load,
  fetch: fetchAll,
  verify,
};

async function load({ split, count, directory, log }: LoadOptions): Promise<Dataset> {
  checkSplit(split, COUNTS);
  const paths = filesOf(split, directory);
  const total = count ?? paths.length * RECORDS;
  checkCount(total, paths.length * RECORDS);
  const images = sharedBytes(total * PIXELS);
  const labels = new Uint8Array(total);
  const files: Omit<BatchFile, "bytes">[] = [];
  for (let done = 0; done < total; done += RECORDS) {
    const { bytes, ...file } = await readBatch(paths[done / RECORDS]!);
    takeRecords(bytes, images.subarray(done * PIXELS), labels.subarray(done));
    files.push(file);
  }
  const doubt = `; ${files.every((file) => file.recorded) ? RECORDED : DOUBT}`;
  if (doubt.includes(DOUBT)) log?.(`cifar10, ${split} split: ${DOUBT}`);
  const expected = FILES[split].length;
  const partial = paths.length < expected ? `, ${paths.length} of ${expected} training files` : "";
  const first = count === undefined ? "" : `, the first ${count}`;
  return {
    name: "cifar10",
    split,
    count: total,
    shape: [SIZE, SIZE, 3],
    images,
    labels,
    classes: CLASSES,
    description: `CIFAR-10 (Krizhevsky 2009), ${split} split${partial}${first}${doubt}`,
    files: files.map((file) => file.content),
  };
}

async function verify({ directory }: Pick<LoadOptions, "directory">): Promise<string[]> {
  checkFolder(directory);
  const paths = [...locate("train", directory), ...locate("test", directory)];
  if (paths.length === 0) failMissing("train", directory);
  const lines: string[] = [];
  for (const path of paths) {
    const { recorded } = await readBatch(path);
    lines.push(`${path}: ${RECORDS} images, ${recorded ? RECORDED : DOUBT}`);
  }
  return lines;
}

/** The files of a split that are present: at least one. */
function filesOf(split: Split, directory: string | undefined): string[] {
  checkSplit(split, COUNTS);
  checkFolder(directory);
  const paths = locate(split, directory);
  return paths.length > 0 ? paths : failMissing(split, directory);
}

/** The files of a split that are present, in the first folder that has any. */
function locate(split: keyof typeof COUNTS, directory?: string): string[] {
  finishMovesIn(directory, SUBFOLDERS);
  return batchesIn(dataPlaces(directory), FILES[split]);
}

function batchesIn(places: readonly string[], names: readonly string[]): string[] {
  for (const folder of foldersOf(places, SUBFOLDERS)) {
    const paths = names.map((name) => findFile(folder, [name])).filter((path) => path !== undefined);
    if (paths.length > 0) return paths;
  }
  return [];
}

function failMissing(split: keyof typeof COUNTS, directory?: string): never {
  const hint =
    foundRelative(dataPlaces(directory), RELATIVES) +
    "`npx nonsmooth data fetch cifar10` downloads it (170 MB), with `--from DIR` it copies your files; " +
    'NONSMOOTH_DATA names another place; the datasets "auto-colour" and "colour-glyphs" need no file';
  const what = `${FILES[split][0]} must be in one of the data folders or its ${SUBFOLDERS.join("/ or ")}/`;
  fail("cifar10", what, dataPlaces(directory).join(", "), hint);
}

/** One of the files, read and checked. */
interface BatchFile {
  readonly bytes: Uint8Array;
  readonly content: DataFile;
  /** Whether it is the file that was recorded when the official archive was unpacked. */
  readonly recorded: boolean;
}

/** @param what names it in errors */
async function readBatch(path: string, what = path): Promise<BatchFile> {
  const bytes = await readRegularFile(path, MOST_BYTES);
  if (bytes.length !== BYTES) {
    fail(what, `must hold ${BYTES} bytes (10,000 records of 1 + 3072)`, bytes.length, whyOtherSize(bytes));
  }
  for (let i = 0; i < RECORDS; i++) {
    const label = bytes[i * (1 + PIXELS)]!;
    if (label >= CLASSES) fail(what, "labels must be 0 to 9", label, `it is label number ${i}, from 0`);
  }
  const content = { name: basename(path), bytes: BYTES, sha256: createHash("sha256").update(bytes).digest("hex") };
  const record = await readRecord(dirname(path));
  return { bytes, content, recorded: record?.sha256[content.name] === content.sha256 };
}

function whyOtherSize(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x80 && bytes[1] === 2) return `this is ${PYTHON}`;
  if (bytes.length % (2 + PIXELS) === 0 && bytes.length > 0) return `this has the size of ${CIFAR100}`;
  return bytes.length < BYTES ? "it is truncated, or not the binary version of CIFAR-10" : undefined;
}

/** As many records as fit. */
function takeRecords(bytes: Uint8Array, images: Uint8Array, labels: Uint8Array): void {
  for (let i = 0; i < Math.min(RECORDS, labels.length); i++) {
    const at = i * (1 + PIXELS);
    labels[i] = bytes[at]!;
    reorder(bytes, at + 1, images, i * PIXELS);
  }
}

async function readRecord(folder: string): Promise<Official | undefined> {
  const path = join(folder, RECORD);
  if (!existsSync(path)) return undefined;
  try {
    return Official.parse(JSON.parse((await readRegularFile(path, 1 << 20)).toString()));
  } catch (cause) {
    const hint = "remove it; the files then count as not verified";
    throw new NonsmoothError(path, "must be a record of the official files", { got: "other content", hint, cause });
  }
}

async function fetchAll(options: FetchOptions): Promise<void> {
  refuseSplits("cifar10", options.splits);
  const { from = MIRROR, log } = options;
  const place = downloadPlace(options.directory);
  await tidyIn(place, SUBFOLDERS);
  const names = [...FILES.train, ...FILES.test];
  const present = batchesIn([place], names);
  const folder = present[0] ? dirname(present[0]) : join(place, SUBFOLDERS[0]!);
  if (await areIntact(present, log)) return;
  if (/^https?:/.test(from)) {
    const archive = join(folder, ARCHIVE.name);
    // the archive is still there if an earlier attempt was stopped after the download
    const isThere = existsSync(archive) && (await md5Of(archive)) === ARCHIVE.md5;
    const url = `${from.replace(/\/*$/, "/")}${ARCHIVE.name}`;
    if (!isThere) await download({ url, path: archive, bytes: ARCHIVE.bytes, md5: ARCHIVE.md5 }, options);
    await unpackInto(folder, archive, options);
    await rm(archive);
  } else {
    await copyFrom(from, folder, options);
  }
}

/** Whether all files are present and intact. */
async function areIntact(paths: readonly string[], log: FetchOptions["log"]): Promise<boolean> {
  try {
    for (const path of paths) await readBatch(path);
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    log?.(`${error.message.split("\n")[0]}: fetched again`);
    return false;
  }
  if (paths.length < FILES.train.length + FILES.test.length) return false;
  for (const path of paths) log?.(`${displayPath(path)}: already there`);
  return true;
}

/** Copies the files of a folder, or unpacks the archive in it (or the archive that `from` names). */
async function copyFrom(from: string, folder: string, options: FetchOptions): Promise<void> {
  const sources = batchesIn([from], [...FILES.train, ...FILES.test]);
  if (sources.length === 0) {
    const archive = [from, join(from, ARCHIVE.name)].find((path) => path.endsWith(".tar.gz") && existsSync(path));
    if (!archive) fail("cifar10", `data_batch_*.bin or ${ARCHIVE.name} must be in the folder to copy from`, from);
    return unpackInto(folder, archive, options);
  }
  const others = [META, RECORD].flatMap((name) => findFile(dirname(sources[0]!), [name]) ?? []);
  await staged(folder, async (beside) => {
    for (const source of [...sources, ...others]) {
      options.signal?.throwIfAborted();
      const path = join(beside, basename(source));
      await onDisk(path, async () => writeFile(path, await readRegularFile(source, MOST_BYTES), { flag: "wx" }));
    }
    for (const source of sources) await readBatch(join(beside, basename(source)), source);
  });
  for (const source of [...sources, ...others]) {
    options.log?.(`${displayPath(join(folder, basename(source)))}: fetched from ${from}`);
  }
  const missing = [...FILES.train, ...FILES.test].filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) options.log?.(`cifar10 in ${displayPath(folder)}: still without ${missing.join(", ")}`);
}

/** Unpacks an archive and checks its files; if it is the official one, leaves a record of the files' hashes. */
async function unpackInto(folder: string, archive: string, { log, signal }: FetchOptions): Promise<void> {
  const official = (await md5Of(archive)) === ARCHIVE.md5;
  const names = [...FILES.train, ...FILES.test];
  await staged(folder, async (beside) => {
    const sha256 = await unpack(archive, beside, WANTED, signal);
    const missing = names.filter((name) => !(name in sha256));
    if (missing.length > 0)
      fail(archive, "must hold the files of CIFAR-10's binary version", `no ${missing.join(", ")}`);
    for (const name of names) await readBatch(join(beside, name), `${archive}, ${name}`);
    if (official) await writeRecord(beside, { archive: `${MIRROR}${ARCHIVE.name}`, md5: ARCHIVE.md5, sha256 });
  });
  log?.(`${displayPath(folder)}: unpacked from ${archive}${official ? "" : `; ${DOUBT}`}`);
}

/** What the archive may hold: the files, and a page and other small ones. */
const WANTED = {
  files: Object.fromEntries([...[...FILES.train, ...FILES.test].map((name) => [name, BYTES]), [META, 1 << 12]]),
  total: BYTES * 6 + (1 << 24),
};

async function writeRecord(folder: string, record: Official): Promise<void> {
  const path = join(folder, RECORD);
  await onDisk(path, () => writeFile(path, `${JSON.stringify(record, null, 2)}\n`, { flag: "wx" }));
}
