import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { anySource, dataSource, dataSources, imagenet, loadDataset, resolveDataset } from "../../src/data";
import { registry } from "../../src/data/auto";
import { colourGlyphSource } from "../../src/data/colour-glyphs";
import { glyphSource } from "../../src/data/glyphs";
import type { DataSource, Split } from "../../src/data/types";
import { eachInOwnFolder, testFiles, writeTestFiles } from "./files";

vi.mock("../../src/util", async (original) => ({ ...(await original<object>()), workspace: "/nowhere" }));

let folder: string;
let log: string[];
const note = (line: string) => void log.push(line);

eachInOwnFolder((path) => {
  folder = path;
  log = [];
  vi.stubEnv("NONSMOOTH_OFFLINE", "");
});

/** The registry with a stand-in for MNIST that has some splits, and may get the others. */
function withMnist(splits: Split[], fetch: DataSource["fetch"]) {
  const mnist: DataSource = {
    name: "mnist",
    summary: "",
    shape: [28, 28, 1],
    classes: 10,
    counts: { train: 60_000, test: 10_000 },
    available: ({ split }) => splits.includes(split),
    load: () => Promise.reject(new Error("not loaded here")),
    fetch,
  };
  return registry([mnist, glyphSource]);
}

describe("auto", () => {
  it("auto takes MNIST where both splits are on disk", async () => {
    const fetch = vi.fn();
    const { resolveDataset } = withMnist(["train", "test"], fetch);
    expect(await resolveDataset("auto", { log: note })).toEqual({ name: "mnist", reason: "found on disk" });
    expect(log).toEqual(["dataset auto: mnist, found on disk"]);
    expect(fetch).not.toHaveBeenCalled();
  });

  it("auto downloads MNIST where it can, once for all who wait", async () => {
    const fetch = vi.fn(async () => {});
    const { resolveDataset } = withMnist(["test"], fetch);
    const both = [1, 2].map(() => resolveDataset("auto", { directory: folder, log: note }));
    const expected = { name: "mnist", reason: `downloaded into ${folder}` };
    expect(await Promise.all(both)).toEqual([expected, expected]);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("auto falls back to glyphs with one line where the mirror refuses, and does not ask again", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(403).end();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const data = await loadDataset("auto", { split: "train", count: 3, directory: folder, from, log: note });
    expect(data.name).toBe("glyphs");
    expect(log).toEqual([
      "dataset auto: glyphs, drawn here, because mnist is not on disk and the download failed " +
        `(${from}train-images-idx3-ubyte.gz: the server must answer 200 or 206, got 403)`,
    ]);
    await resolveDataset("auto", { directory: folder, from, log: note });
    expect(asked).toBe(1);
    expect(log[1]).toBe(log[0]);
    await new Promise((closed) => server.close(closed));
  });

  it("auto does not download where NONSMOOTH_OFFLINE is 1", async () => {
    vi.stubEnv("NONSMOOTH_OFFLINE", "1");
    const fetch = vi.fn();
    const { resolveDataset } = withMnist([], fetch);
    expect((await resolveDataset("auto", { log: note })).name).toBe("glyphs");
    expect(fetch).not.toHaveBeenCalled();
    expect(log).toEqual([
      "dataset auto: glyphs, drawn here, because mnist is not on disk and NONSMOOTH_OFFLINE=1 forbids the download",
    ]);
  });

  it("auto does not download where it may not, and says what a run would download", async () => {
    const fetch = vi.fn();
    const { resolveDataset } = withMnist(["test"], fetch);
    expect((await resolveDataset("auto", { download: false, log: note })).name).toBe("glyphs");
    expect(fetch).not.toHaveBeenCalled();
    expect(log).toEqual([
      "dataset auto: glyphs, drawn here, because mnist is not on disk; " +
        "a run first tries to download mnist (11 MB)",
    ]);
    await resolveDataset("auto");
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("auto ends with the signal's reason when it is aborted, and tries again afterwards", async () => {
    const reason = new Error("interrupted");
    const controller = new AbortController();
    const fetch = vi.fn(async () => {
      controller.abort(reason);
      throw reason;
    });
    const { resolveDataset } = withMnist([], fetch);
    await expect(resolveDataset("auto", { signal: controller.signal })).rejects.toBe(reason);
    await resolveDataset("auto");
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

describe("auto-colour", () => {
  const withCifar10 = (splits: Split[]) => {
    const fetch = vi.fn();
    const cifar10: DataSource = {
      name: "cifar10",
      summary: "",
      shape: [32, 32, 3],
      classes: 10,
      counts: { train: 50_000, test: 10_000 },
      available: ({ split }) => splits.includes(split),
      load: () => Promise.reject(new Error("not loaded here")),
      fetch,
    };
    return { fetch, ...registry([cifar10, colourGlyphSource]) };
  };

  it("auto-colour takes CIFAR-10 where both splits are on disk", async () => {
    const { resolveDataset } = withCifar10(["train", "test"]);
    expect(await resolveDataset("auto-colour")).toEqual({ name: "cifar10", reason: "found on disk" });
  });

  it("auto-colour without CIFAR-10 draws, downloads nothing and says how to get it", async () => {
    const { resolveDataset, loadDataset, fetch } = withCifar10(["test"]);
    expect((await resolveDataset("auto-colour", { log: note })).name).toBe("colour-glyphs");
    expect(log).toEqual([
      "dataset auto-colour: colour-glyphs, drawn here, because cifar10 is not on disk",
      "Hint: npx nonsmooth data fetch cifar10",
    ]);
    expect((await loadDataset("auto-colour", { split: "test", count: 2 })).shape).toEqual([32, 32, 3]);
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("datasets by name", () => {
  it("every source is found under a name of its own", () => {
    const names = dataSources.map((source) => source.name);
    expect(new Set(names).size).toBe(names.length);
    for (const source of dataSources) {
      expect(dataSource(source.name)).toBe(source);
      expect(source.summary).not.toBe("");
    }
  });

  it("datasets are loaded by name", async () => {
    writeTestFiles(folder, testFiles());
    const data = await loadDataset("mnist", { split: "test", directory: folder, count: 7 });
    expect([data.name, data.count]).toEqual(["mnist", 7]);
    expect((await loadDataset("glyphs", { split: "test", count: 7 })).name).toBe("glyphs");
  });

  it("a source states the shape, the classes and the count of what it loads", async () => {
    writeTestFiles(folder, testFiles());
    const drawn = dataSources.filter((source) => !source.fetch);
    expect(drawn).toHaveLength(2);
    for (const source of [dataSource("mnist"), ...drawn]) {
      const data = await source.load({ split: "test", directory: folder, count: 2 });
      expect([data.shape, data.classes]).toEqual([source.shape, source.classes]);
    }
    expect(dataSource("mnist").count?.({ split: "test", directory: folder })).toBe(10_000);
    expect(() => dataSource("mnist").count?.({ split: "train", directory: folder })).toThrow(
      "mnist: train-images-idx3-ubyte[.gz] and train-labels-idx1-ubyte[.gz] must be in one of the data folders",
    );
  });

  it("image folders count as datasets only where they are asked for", async () => {
    expect(anySource("imagenet")).toBe(imagenet);
    expect(anySource("glyphs")).toBe(dataSource("glyphs"));
    expect(await resolveDataset("imagenet", { folders: true })).toMatchObject({ name: "imagenet" });
    const unknown =
      /^dataset: must be auto, .*, colour-glyphs, imagenet, got "imagnet"\nHint: did you mean imagenet\?$/;
    expect(() => anySource("imagnet")).toThrow(unknown);
    await expect(resolveDataset("imagnet", { folders: true })).rejects.toThrow(unknown);
    const hint = "Hint: imagenet is an image folder, which does not fit into memory";
    await expect(loadDataset("imagenet", { split: "test" })).rejects.toThrow(
      new RegExp(`^dataset: must be auto, .*, colour-glyphs, got "imagenet"\n${hint}$`),
    );
  });

  it("an unknown dataset is refused with the nearest name", async () => {
    await expect(loadDataset("mnits", { split: "test" })).rejects.toThrow(
      /^dataset: must be auto, auto-colour or one of mnist, glyphs.*, got "mnits"\nHint: did you mean mnist\?$/,
    );
  });
});
