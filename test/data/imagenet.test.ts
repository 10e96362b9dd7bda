import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { decodeImage } from "../../src/data/decode";
import { openImageFolder } from "../../src/data/image-folder";
import { imagenet } from "../../src/data/imagenet";
import { createLoader, type LoadedBatch, type LoaderOptions } from "../../src/data/loader";
import { preprocessing, type Transform } from "../../src/data/transforms";
import { eachInOwnFolder, removeFolder } from "./files";

// no project data folder: what lies there must not decide a test
vi.mock("../../src/util", async (original) => {
  const util = await original<typeof import("../../src/util")>();
  return { ...util, workspace: "/nowhere" };
});

interface Golden {
  /** base64 */
  readonly content: string;
  /** What Pillow makes of it; null where it refuses. */
  readonly image: { readonly width: number; readonly height: number; readonly rgb: string } | null;
}
const goldenIn = (name: string) =>
  JSON.parse(readFileSync(join(__dirname, "golden", name), "utf8")).files as Record<string, Golden>;
const golden = { ...goldenIn("imagenet.json"), ...goldenIn("bitmaps.json") };

const mini = process.env.NONSMOOTH_DATA && join(process.env.NONSMOOTH_DATA, "imagenet-mini");
const hasMini = mini !== undefined && mini !== "" && existsSync(mini);

let folder: string;
eachInOwnFolder((path) => {
  folder = path;
});

/** Writes a file of an image folder: `train/a/1.png`. */
function write(path: string, content: string | Uint8Array = ""): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** A PNG of one colour; red tells images apart. */
const png = (red: number, width = 12, height = 10) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: 50, b: 100 } } })
    .png()
    .toBuffer();

async function all(batches: AsyncIterable<LoadedBatch>): Promise<LoadedBatch[]> {
  const list: LoadedBatch[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

describe("decoding", () => {
  it.each(Object.keys(golden))("%s is decoded to Pillow's bytes, or refused where Pillow refuses it", async (name) => {
    const { content, image } = golden[name]!;
    write(name, Buffer.from(content, "base64"));
    const decoded = await decodeImage(join(folder, name));
    if (!image) return expect(decoded).toMatchObject({ path: join(folder, name), found: true });
    const { width, height, rgb } = image;
    expect(decoded).toMatchObject({ width, height, channels: 3 });
    expect("bytes" in decoded && Buffer.from(decoded.bytes).equals(Buffer.from(rgb, "base64"))).toBe(true);
  });
});

describe("an image folder", () => {
  it("an image folder has torchvision's order of classes and files", () => {
    const files = ["b/2.png", "b/10.JPEG", "b/1.jpg", "B/x.Png", "a/z.webp", "a/inner/a.png", "c/0.tif"];
    for (const file of [...files, "a/notes.txt", "b/1.jpg.part", "readme.md"]) write(`train/${file}`);
    for (const name of ["B", "a", "b", "c", "linked"]) write(`val/${name}/v.png`);
    write("elsewhere/0.tif");
    symlinkSync(join(folder, "elsewhere"), join(folder, "train", "linked"));
    const train = openImageFolder({ directory: folder, split: "train", name: "mine" });
    expect(train).toMatchObject({ kind: "folder", name: "mine", split: "train", count: 8, classes: 5, channels: 3 });
    expect(train.classNames).toEqual(["B", "a", "b", "c", "linked"]);
    const inOrder = ["B/x.Png", "a/z.webp", "a/inner/a.png", "b/1.jpg", "b/10.JPEG", "b/2.png"];
    expect(train.paths).toEqual([...inOrder, "c/0.tif", "linked/0.tif"]);
    expect([...train.labels]).toEqual([0, 1, 1, 2, 2, 2, 3, 4]);
    expect(train.description).toBe("mine (image folder), train split, 8 images in 5 classes");
    for (const split of ["test", "val"] as const) {
      expect(openImageFolder({ directory: folder, split })).toMatchObject({
        split: "test",
        paths: ["B/v.png", "a/v.png", "b/v.png", "c/v.png", "linked/v.png"],
        directory: join(folder, "val"),
      });
    }
  });

  it("hidden files and folders are left out, with a line that says so", async () => {
    for (const split of ["train", "val"]) {
      for (const file of ["a/1.png", "a/._1.png", "a/.DS_Store", ".ipynb_checkpoints/1.png"]) write(`${split}/${file}`);
    }
    const notes = ["left out: 3 hidden files and folders (.ipynb_checkpoints, a/.DS_Store, a/._1.png)"];
    const train = openImageFolder({ directory: folder, split: "train" });
    expect(train).toMatchObject({ classNames: ["a"], paths: ["a/1.png"], notes });
    const [line] = await imagenet.verify({ directory: folder });
    expect(line).toBe(`${join(folder, "train")}: 1 images in 1 classes, NOT the official 1281167 in 1000; ${notes[0]}`);
  });

  it("each file is listed once, whatever links lead to it, in a circle as well", () => {
    for (const file of ["a/1.png", "a/deep/2.png", "b/1.png"]) write(`train/${file}`);
    write("elsewhere/3.png");
    write("elsewhere/one.bin");
    const link = (to: string, from: string) => symlinkSync(join(folder, to), join(folder, from));
    symlinkSync(".", join(folder, "train", "a", "loop"));
    symlinkSync(".", join(folder, "train", "a", "loop2"));
    symlinkSync("..", join(folder, "train", "b", "up"));
    link("train/a/deep", "train/a/again");
    link("elsewhere", "train/b/elsewhere");
    link("elsewhere", "train/b/twice");
    link("train/a/1.png", "train/a/0.png");
    link("elsewhere/one.bin", "train/a/one.png");
    link("elsewhere/one.bin", "train/b/other.png");
    const { paths, notes } = openImageFolder({ directory: folder, split: "train" });
    expect(paths).toEqual(["a/1.png", "a/one.png", "a/deep/2.png", "b/1.png", "b/elsewhere/3.png"]);
    expect(notes).toEqual([
      "left out: 1 file that is no image by its name (b/elsewhere/one.bin)",
      expect.stringMatching(/^left out: 7 links to what is listed anyway \(.*, …\)$/),
    ]);
    link("train/b", "train/c");
    expect(() => openImageFolder({ directory: folder, split: "train" })).toThrow(
      'must have at least one image, got "links to images of other classes"',
    );
  });

  it("splits with different classes are refused where both are there", () => {
    for (const name of ["a", "b", "c"]) write(`train/${name}/1.png`);
    const open = (split: "train" | "val") => openImageFolder({ directory: folder, split });
    expect(open("train").classNames).toEqual(["a", "b", "c"]);
    const rule = `image folder ${folder}: train/ and val/ must have the same classes, got`;
    for (const name of ["a", "c"]) write(`val/${name}/1.png`);
    for (const split of ["train", "val"] as const) {
      expect(() => open(split)).toThrow(`${rule} "b in train/ alone"\nHint: a label is a class's position`);
    }
    for (const name of ["b", "aa"]) write(`val/${name}/1.png`);
    for (const split of ["train", "val"] as const) expect(() => open(split)).toThrow(`${rule} "aa in val/ alone"`);
    removeFolder(join(folder, "val", "aa"));
    expect([open("train").classNames, open("val").classNames]).toEqual([
      ["a", "b", "c"],
      ["a", "b", "c"],
    ]);
  });

  it("an image folder is searched again after a folder in it has changed", () => {
    write("train/a/inner/deep/1.png");
    const paths = () => openImageFolder({ directory: folder, split: "train" }).paths;
    /** A change that cannot fall into the same tick of the file system's clock. */
    const touch = (path: string) => utimesSync(join(folder, path), 1, 1);
    expect(paths()).toEqual(["a/inner/deep/1.png"]);
    expect(paths()).toEqual(["a/inner/deep/1.png"]);
    write("train/a/inner/deep/2.png");
    touch("train/a/inner/deep");
    expect(paths()).toEqual(["a/inner/deep/1.png", "a/inner/deep/2.png"]);
    write("train/b/1.png");
    touch("train");
    expect(paths()).toHaveLength(3);
    removeFolder(join(folder, "train", "b"));
    expect(paths()).toHaveLength(2);
  });

  it("a folder that is no image folder is refused with the reason", () => {
    const open = (directory: string, split = "train") => openImageFolder({ directory, split: split as "train" });
    expect(() => open(folder, "extra")).toThrow('split: must be train, test or val, got "extra"');
    expect(() => open(join(folder, "none"))).toThrow("data directory: must be an existing folder, got");
    expect(() => open(folder)).toThrow(`image folder ${folder}: must have the folders train and val, got "no train"`);
    write("train/stray.png");
    const train = join(folder, "train");
    expect(() => open(folder)).toThrow(`image folder ${train}: must hold a folder for each class, got "none"`);
    write("train/a/1.png");
    write("train/b/notes.txt");
    expect(() => open(folder)).toThrow(
      `class b in ${train}: must have at least one image, got "none"\nHint: extensions`,
    );
  });
});

describe("a loader of an image folder", () => {
  const crop: Transform = { kind: "resizeCentreCrop", resize: 8, crop: 8 };
  const load = (options: Partial<LoaderOptions> = {}) => {
    const dataset = openImageFolder({ directory: folder, split: "train" });
    return createLoader({ dataset, batchSize: 3, transforms: [crop], ...options });
  };
  /** Red of the first pixel of each image. */
  const reds = (batches: LoadedBatch[]) =>
    batches.flatMap(({ inputs, size }) => Array.from({ length: size }, (_, i) => Math.round(inputs[i * 192]! * 255)));

  beforeEach(async () => {
    for (let i = 0; i < 8; i++) write(`train/${i % 2 ? "odd" : "even"}/${i}.JPEG`, await png(20 * i, 12 + i, 10));
  });

  it.each([true, false])("a loader streams an image folder in batches (worker: %s)", async (worker) => {
    const loader = load({ worker });
    expect(loader).toMatchObject({ shape: [8, 8, 3], batchesPerEpoch: 3 });
    const batches = await all(loader.epoch(0));
    expect(batches.map(({ size, inputs }) => [size, inputs.length / 192])).toEqual([
      [3, 3],
      [3, 3],
      [2, 2],
    ]);
    expect(reds(batches)).toEqual([0, 40, 80, 120, 20, 60, 100, 140]);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    await loader.close();
  });

  it.each([true, false])(
    "a broken image is an error with its name, or is left out on demand (worker: %s)",
    async (worker) => {
      const whole = readFileSync(join(folder, "train/even/2.JPEG"));
      write("train/even/2.JPEG", whole.subarray(0, whole.length - 30));
      write("train/odd/1.JPEG", "no image");
      const path = join(folder, "train/even/2.JPEG");
      const failing = load({ worker });
      await expect(all(failing.epoch(0))).rejects.toThrow(
        new RegExp(`^image ${path}: must be intact, got ".+"\nHint: onBroken: "skip" leaves such images out`),
      );
      await failing.close();

      const loader = load({ worker, onBroken: "skip", mostBroken: 0.25 });
      const batches = await all(loader.epoch(0));
      expect(batches.map(({ index, size, inputs }) => [index, size, inputs.length])).toEqual([
        [0, 2, 2 * 192],
        [1, 2, 2 * 192],
        [2, 2, 2 * 192],
      ]);
      expect(reds(batches)).toEqual([0, 80, 120, 60, 100, 140]);
      expect(batches.flatMap(({ labels }) => [...labels])).toEqual([0, 0, 0, 1, 1, 1]);
      await all(loader.epoch(1));
      expect(loader.broken).toEqual([path, join(folder, "train/odd/1.JPEG")]);
      await loader.close();
      const single = load({ worker, onBroken: "skip", mostBroken: 0.25, batchSize: 1 });
      expect((await all(single.epoch(0))).map(({ index }) => index)).toEqual([0, 2, 3, 5, 6, 7]);
      await single.close();
    },
  );

  it("more broken images than a hundredth are an error, and so is an epoch without an image", async () => {
    write("train/odd/3.JPEG", "");
    const strict = load({ onBroken: "skip" });
    const path = join(folder, "train/odd/3.JPEG");
    await expect(all(strict.epoch(0))).rejects.toThrow(
      new RegExp(`: at most 1 % of its 8 images may be broken, got 1\nHint: the latest is ${path}: `),
    );
    await strict.close();
    for (let i = 0; i < 8; i++) write(`train/${i % 2 ? "odd" : "even"}/${i}.JPEG`, "");
    const lenient = load({ onBroken: "skip", mostBroken: 1 });
    await expect(all(lenient.epoch(0))).rejects.toThrow(': an epoch must have at least one image, got "none"');
    await lenient.close();
    expect(() => load({ mostBroken: 2 })).toThrow("mostBroken: must be a share from 0 to 1, got 2");
  });

  it("a file that cannot be read is never skipped", async () => {
    const loader = load({ onBroken: "skip" });
    removeFolder(join(folder, "train", "odd"));
    await expect(all(loader.epoch(0))).rejects.toThrow(
      `image ${join(folder, "train/odd/1.JPEG")}: must be a file that can be read, got "ENOENT`,
    );
    await loader.close();
  });

  it("transforms that leave images of different sizes are refused", () => {
    expect(() => load({ transforms: [{ kind: "randomFlip" }] })).toThrow(
      'transforms: must give all images of a folder the same size, got "randomFlip"\nHint: use preprocessing("imagenet", split)',
    );
  });
});

describe("ImageNet", () => {
  it("ImageNet is found in the data folders, and a small folder is not called official", async () => {
    for (const split of ["train", "val"]) write(`data/imagenet/${split}/n01/1.JPEG`, await png(1));
    const data = join(folder, "data");
    for (const directory of [data, join(data, "imagenet")]) {
      expect(imagenet.available({ split: "test", directory })).toBe(true);
      expect(imagenet.available({ split: "extra", directory })).toBe(false);
      expect(imagenet.open({ split: "test", directory })).toMatchObject({
        name: "imagenet",
        split: "test",
        count: 1,
        description: "NOT the official ImageNet (ILSVRC 2012), test split, but a folder of 1 images in 1 classes",
      });
    }
    expect(await imagenet.verify({ directory: data })).toEqual([
      `${join(data, "imagenet/train")}: 1 images in 1 classes, NOT the official 1281167 in 1000`,
      `${join(data, "imagenet/val")}: 1 images in 1 classes, NOT the official 50000 in 1000`,
    ]);
    vi.stubEnv("NONSMOOTH_DATA", data);
    expect(imagenet.available({ split: "train" })).toBe(true);
    expect(() => imagenet.open({ split: "extra" })).toThrow('split: must be train or test, got "extra"');
  });

  it("ImageNet is not downloaded, and the error says where to get it", () => {
    expect(imagenet.available({ split: "train", directory: folder })).toBe(false);
    expect(() => imagenet.open({ split: "train", directory: folder })).toThrow(
      `imagenet: train/ and val/ must be in one of the data folders or its imagenet/, got "${folder}, /nowhere/data"\n` +
        "Hint: ImageNet is not downloaded: get it from https://image-net.org",
    );
  });

  it.skipIf(!hasMini)(
    "images go through the paper's preprocessing, with and without a worker (NONSMOOTH_DATA)",
    async () => {
      const dataset = imagenet.open({ split: "train", directory: mini! });
      expect([dataset.count, dataset.classes, dataset.classNames[0]]).toEqual([32, 4, "n01532829"]);
      const options = { dataset, batchSize: 8, seed: 3, shuffle: true, transforms: preprocessing("imagenet", "train") };
      const [ahead, here] = [createLoader(options), createLoader({ ...options, worker: false })];
      const batches = await all(ahead.epoch(0, { from: 2 }));
      expect(batches.map(({ size, inputs }) => [size, inputs.length])).toEqual(Array(2).fill([8, 8 * 224 * 224 * 3]));
      const again = await all(here.epoch(0, { from: 2 }));
      const same = batches.map(({ inputs }, i) =>
        Buffer.from(inputs.buffer).equals(Buffer.from(again[i]!.inputs.buffer)),
      );
      expect(same).toEqual([true, true]);
      const values = batches.flatMap(({ inputs }) => [
        Math.min(...inputs.subarray(0, 1e4)),
        Math.max(...inputs.subarray(0, 1e4)),
      ]);
      // pixels from 0 to 1 with the presets' mean and std
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-2.2);
      expect(Math.max(...values)).toBeLessThanOrEqual(2.7);
      await ahead.close();
    },
  );
});
