/** Curves that grow in a page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { StoredCell } from "../notebook/support";
import { describeInLab } from "./support";

/** Some seconds of two trainings side by side. */
const watched = `
import { createEngine, createLoader, createNetwork, glyphs, observeZeros, preprocessing, sgd, train, watch } from "nonsmooth";
const loader = (split: "train" | "test", count: number) =>
  createLoader({ dataset: glyphs({ split, count }), batchSize: 50, transforms: preprocessing("glyphs", split) });
const [data, test] = [loader("train", 2000), loader("test", 100)];
const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [64, 64] });
const settings = { network, optimizer: sgd({ lr: 0.05 }), data, test, engine: createEngine(), epochs: 40, seed: 1, precision: "f16" as const, observe: observeZeros };
const arm = (zero: number) => train({ ...settings, kinks: { "relu.zero": zero } });
const seen = await watch({ "ReLU'(0) = 0": arm(0), "ReLU'(0) = 1": arm(1) });`;

const output = ".jp-Cell .jp-OutputArea-output";

describeInLab("watch in JupyterLab", (desk) => {
  it("one output shows curves that grow, and keeps the last picture in the file", { timeout: 180_000 }, async () => {
    const path = desk().create("watched");
    const page = await desk().open(path);
    const index = await page.start(watched);
    await page.shown(`${output}.jp-RenderedSVG`);
    await page.pause(1_500);
    await page.shot("watch-grows");
    expect(await page.page.locator(output).count()).toBe(1);
    await page.ended(index);
    await page.shown(`${output}.jp-RenderedImage`);
    await page.shot("watch-ended");
    expect(await page.page.locator(output).count()).toBe(1);
    await page.save();
    const { cells } = JSON.parse(readFileSync(join(desk().folder, path), "utf8")) as { cells: StoredCell[] };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    expect(outputs.map(({ data = {} }) => Object.keys(data).sort())).toEqual([["image/png", "text/plain"]]);
  });
});
