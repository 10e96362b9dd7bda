/** What the experiments that train see of the data before they read any of it. */
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dataSource, dataSources } from "../../src/data";
import { training } from "../../src/experiments";
import { datasetName, problemShape, splitCount } from "../../src/experiments/common/data";
import { configure } from "../../src/experiments/run";
import { SMALL, temporaryFolder } from "./support";

// no project data folder: what lies there must not decide a test
vi.mock("../../src/util", async (original) => ({ ...(await original<object>()), workspace: "/nowhere" }));

beforeEach(() => void vi.stubEnv("NONSMOOTH_DATA", ""));
afterEach(() => void vi.unstubAllEnvs());

/** A data folder; each file holds so many bytes, all 0. */
function dataFolder(files: Readonly<Record<string, number>>): string {
  const folder = temporaryFolder();
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), "");
    truncateSync(join(folder, path), bytes);
  }
  return folder;
}

const contextOf = (dataDirectory: string) => ({ dataDirectory, log: () => {} });
const resolved = (data: string, set: Readonly<Record<string, unknown>>) =>
  configure(training, { data, set: { ...SMALL, network: "lenet5", widths: null, ...set } });

const CIFAR10 = { "cifar10/data_batch_1.bin": 30_730_000, "cifar10/test_batch.bin": 30_730_000 };
const FOLDER = Object.fromEntries(
  ["train/a", "train/b", "val/a", "val/b"].map((name) => [`imagenet/${name}/1.png`, 0]),
);

describe("the number of images", () => {
  it("the number of images is that of the files in the data folder", async () => {
    const context = contextOf(dataFolder({ ...CIFAR10, ...FOLDER }));
    copyFileSync(join(__dirname, "../data/golden/deflated.mat"), join(context.dataDirectory, "train_32x32.mat"));
    expect(splitCount("cifar10", "train", context)).toBe(10_000);
    expect(splitCount("svhn", "train", context)).toBe(3);
    expect(splitCount("imagenet", "test", context)).toBe(2);
    expect(splitCount("colour-glyphs", "train", context)).toBe(50_000);
    expect(() => splitCount("glyphs", "extra", context)).toThrow(
      "split: must be one of the splits of glyphs, train, test",
    );
    await expect(resolved(context.dataDirectory, { dataset: "cifar10", images: 20_000 })).rejects.toThrow(
      "images: must be at most the 10000 images of cifar10, got 20000",
    );
  });

  it("a run is refused before its first step where the dataset's files are missing", async () => {
    await expect(resolved(temporaryFolder(), { dataset: "svhn" })).rejects.toThrow(
      "svhn: train_32x32.mat must be in one of the data folders or its svhn/",
    );
  });
});

describe("the shape of the problem", () => {
  const keys = { split: "train", preprocessing: "none" } as const;

  it("the shape of the problem is known without loading a dataset", async () => {
    const loads = dataSources.map((source) => vi.spyOn(source, "load"));
    for (const { name, shape, classes } of dataSources) {
      expect(await problemShape({ ...keys, dataset: name }, contextOf("nowhere"))).toEqual({
        inputShape: shape,
        classes,
      });
    }
    for (const load of loads) expect(load).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  it("an image folder has the input shape of its preprocessing, and preprocessing none is refused", async () => {
    const context = contextOf(dataFolder(FOLDER));
    const shape = problemShape({ ...keys, dataset: "imagenet", preprocessing: "imagenet" }, context);
    expect(await shape).toEqual({ inputShape: [224, 224, 3], classes: 2 });
    await expect(problemShape({ ...keys, dataset: "imagenet" }, context)).rejects.toThrow(
      'preprocessing: must bring the images of imagenet to one size, got "none"\nHint: use imagenet',
    );
  });

  it("splits of an image folder with different classes are refused", async () => {
    const { "imagenet/val/b/1.png": _, ...partial } = FOLDER;
    await expect(resolved(dataFolder(partial), { dataset: "imagenet", images: 1 })).rejects.toThrow(
      'train/ and val/ must have the same classes, got "b in train/ alone"',
    );
  });
});

it("an image folder is accepted by its name only where image folders fit", async () => {
  const context = contextOf("nowhere");
  const folders = { folders: true };
  expect(await datasetName("imagenet", context, folders)).toBe("imagenet");
  await expect(datasetName("imagenet", context)).rejects.toThrow(/imagenet is an image folder, which does not fit/);
  expect(await datasetName("glyphs", context)).toBe(dataSource("glyphs").name);
  await expect(datasetName("imagnet", context, folders)).rejects.toThrow(
    /imagenet, got "imagnet"\nHint: did you mean imagenet\?$/,
  );
});
