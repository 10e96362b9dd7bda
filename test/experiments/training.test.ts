/** The experiment `training`: its rows, that runs are paired, resuming, and what is refused. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { datasetOf } from "../../src/figures/vocabulary";
import type { Progress, Row } from "../../src/runs";
import { readSafetensors } from "../../src/train";
import { stream } from "../../src/util";
import { SMALL, temporaryFolder, train } from "./support";

const column = (rows: readonly Row[], name: string) => rows.map((row) => row[name]);
const fileOf = (folder: string, name: string) => readFileSync(join(folder, name));

describe("a run folder", () => {
  it("a run goes on only with the data that it began with, unless it starts afresh", async () => {
    const runs = temporaryFolder();
    const { runDirectory } = await train({}, { runs });
    const path = join(runDirectory, "manifest.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    manifest.environment.dataset.count = 119;
    writeFileSync(path, JSON.stringify(manifest));
    await expect(train({}, { runs })).rejects.toThrow("run folder, dataset: must be the data that it began with");
    await train({}, { runs, fresh: true });
  });
});

it("a last batch of one image is refused where a network has batch-norm", async () => {
  await expect(train({ images: 81, batchNorm: [true] })).rejects.toThrow("must have more than one number");
});

it("a row has the number of test images and the label of the data", async () => {
  const { rows } = await train({ label: "glyphs, for a test" });
  expect(rows[0]).toMatchObject({ testCount: 50, label: "glyphs, for a test" });
});

describe("rows", () => {
  it("there is one row for each epoch of each run, in canonical order, without times", async () => {
    const { rows, summary } = await train({ precisions: ["mixed", 16], values: [1, 0], runs: 2 });
    expect(rows).toHaveLength(2 * 2 * 2 * 2);
    expect(column(rows, "precision")).toEqual([...Array(8).fill(16), ...Array(8).fill("mixed")]);
    expect(column(rows.slice(0, 8), "value")).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(column(rows.slice(0, 4), "trial")).toEqual([0, 0, 1, 1]);
    expect(column(rows.slice(0, 4), "epoch")).toEqual([1, 2, 1, 2]);
    expect(column(rows.slice(0, 4), "outcome")).toEqual(["running", "finished", "running", "finished"]);
    expect(Object.keys(rows[0]!)).toEqual([
      ...[
        "dataset",
        "label",
        "network",
        "batchNorm",
        "dropout",
        "optimizer",
        "learningRate",
        "precision",
        "value",
        "chainRule",
      ],
      ...["trial", "epoch", "trainLoss", "testLoss", "testAccuracy", "testCount", "outcome", "reason"],
    ]);
    for (const row of rows)
      expect(row.testAccuracy * SMALL.testImages).toBeCloseTo(Math.round(row.testAccuracy * 50), 9);
    expect(summary.cells).toHaveLength(4);
    expect(summary.differences).toHaveLength(2);
    for (const { finished, diverged, accuracies } of summary.cells) {
      expect([finished, diverged, accuracies.length]).toEqual([2, 0, 2]);
    }
  });

  it("a run that diverges has a row with the reason, and is counted as diverged", async () => {
    const { rows, summary } = await train({ learningRates: 1e30, values: [0, 0.5] });
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      value: 0.5,
      epoch: 1,
      outcome: "diverged",
      trainLoss: Number.NaN,
      testAccuracy: Number.NaN,
    });
    expect(rows[1]!.reason).toMatch(/^the loss of batch \d is (NaN|Infinity)$/);
    expect(summary.cells[0]).toMatchObject({
      runs: 1,
      finished: 0,
      diverged: 1,
      testAccuracy: null,
      accuracies: [null],
    });
    expect(summary.differences[0]).toMatchObject({ value: 0.5, against: 0, n: 0, difference: null });
  });

  it("the losses of a network with max-pools depend on the convention at ties", async () => {
    const set = { network: "lenet5", widths: [4, 4, 8, 8], precisions: [16], values: [1], learningRates: 0.2 };
    const losses = async (tie: number) => column((await train({ ...set, tie })).rows, "trainLoss");
    const [first, shared] = [await losses(0), await losses(1)];
    expect(shared).not.toEqual(first);
    expect(await losses(0)).toEqual(first);
  });
});

describe("paired runs", () => {
  // one batch an epoch: the loss of the first epoch is that of the first batch, before any update
  const one = { images: 60, batchSize: 60, epochs: 1, precisions: [64], runs: 2, dropout: [0.2] };

  it("the first batch has the same loss for every value, chain rule and optimizer", async () => {
    const { rows } = await train({
      ...one,
      values: [0, -3],
      chainRules: ["multiply", "overwrite"],
      optimizers: ["sgd", "adam"],
    });
    expect(rows).toHaveLength(2 * 2 * 2 * 2);
    for (const trial of [0, 1]) {
      const own = rows.filter((row) => row.trial === trial);
      expect(new Set(column(own, "trainLoss")).size).toBe(1);
    }
    expect(new Set(column(rows, "trainLoss")).size).toBe(2);
  });

  it("run t of a seed is run 0 of seed + t", async () => {
    const [both, second] = [
      await train({ ...one, values: [0] }),
      await train({ ...one, values: [0], runs: 1, seed: 2 }),
    ];
    expect(both.rows[1]!.testLoss).toBe(second.rows[0]!.testLoss);
  });

  it("the first losses at 32 and 64 bits differ, but only by rounding", async () => {
    const { rows } = await train({ ...one, precisions: [32, 64], values: [0], runs: 1 });
    expect(rows[0]!.trainLoss).toBeCloseTo(rows[1]!.trainLoss, 5);
    expect(rows[0]!.trainLoss).not.toBe(rows[1]!.trainLoss);
  });
});

describe("a sweep that was interrupted", () => {
  const set = { batchNorm: [true], values: [0, 1], epochs: 3, saveWeights: true };

  /** Runs until so many reports of progress have come, and then stops. */
  async function interrupted(runs: string, reports: number): Promise<Progress[]> {
    const controller = new AbortController();
    const seen: Progress[] = [];
    const progress = (state: Progress) => {
      if (seen.push(state) === reports) controller.abort(new Error("stopped here"));
    };
    await expect(train(set, { runs, progress, signal: controller.signal })).rejects.toThrow("stopped here");
    return seen;
  }

  it("a sweep stopped in the middle of an epoch ends with the rows and weights of an undisturbed one", async () => {
    const whole = await train(set);
    const weights = readdirSync(join(whole.runDirectory, "weights"));
    expect(weights).toEqual([
      "true_0_sgd_0.01_32_0_multiply_0.onnx",
      "true_0_sgd_0.01_32_0_multiply_0.safetensors",
      "true_0_sgd_0.01_32_1_multiply_0.onnx",
      "true_0_sgd_0.01_32_1_multiply_0.safetensors",
    ]);
    const model = await InferenceSession.create(join(whole.runDirectory, "weights", weights[0]!));
    expect([model.inputNames, model.outputNames]).toEqual([["x"], ["logits"]]);
    await model.release();
    const { tensors } = readSafetensors(join(whole.runDirectory, "weights", weights[1]!));
    expect(Object.keys(tensors).sort()).toEqual([
      ...["bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.weight"],
      ...["fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"],
    ]);
    expect(readdirSync(whole.runDirectory)).not.toContain("checkpoints");

    const runs = temporaryFolder();
    const first = await interrupted(runs, 3);
    expect(first.at(-1)!.label).toBe("mlp + BN, sgd, 32 bits, ReLU'(0) = 0, run 1, epoch 1/3");
    const again = await interrupted(runs, 6);
    // what the checkpoint holds is not done a second time
    expect(again[1]!.done).toBe(first.at(-1)!.done + 1);
    const [folder] = readdirSync(join(runs, "training"));
    expect(readdirSync(join(runs, "training", folder!, "checkpoints"))).toHaveLength(1);
    const seen: Progress[] = [];
    const rest = await train(set, { runs, progress: (state) => seen.push(state) });
    expect(seen.at(-1)).toMatchObject({ done: 18, total: 18, unit: "steps" });
    expect(fileOf(rest.runDirectory, "rows.jsonl")).toEqual(fileOf(whole.runDirectory, "rows.jsonl"));
    for (const file of weights) {
      expect(fileOf(rest.runDirectory, `weights/${file}`)).toEqual(fileOf(whole.runDirectory, `weights/${file}`));
    }
  });

  it("rows and weights that are missing are made again", async () => {
    const runs = temporaryFolder();
    await interrupted(runs, 7);
    const folder = join(runs, "training", readdirSync(join(runs, "training"))[0]!);
    rmSync(join(folder, "rows.jsonl"));
    const { rows, runDirectory } = await train(set, { runs });
    expect(rows).toHaveLength(6);
    const weights = fileOf(runDirectory, "weights/true_0_sgd_0.01_32_1_multiply_0.safetensors");
    rmSync(join(runDirectory, "weights"), { recursive: true });
    expect((await train(set, { runs })).rows).toEqual(rows);
    expect(fileOf(runDirectory, "weights/true_0_sgd_0.01_32_1_multiply_0.safetensors")).toEqual(weights);
    writeFileSync(join(runDirectory, "weights", "stale"), "");
    expect((await train(set, { runs, fresh: true })).rows).toEqual(rows);
    expect(readdirSync(join(runDirectory, "weights"))).toHaveLength(4);
  });
});

it("a network is trained on an image folder, and the manifest lists its broken files", async () => {
  const data = temporaryFolder();
  const random = stream(5, "pixels");
  for (const folder of ["train/cat", "train/dog", "val/cat", "val/dog"]) {
    mkdirSync(join(data, "imagenet", folder), { recursive: true });
    // at most a hundredth may be broken
    const names = Array.from({ length: folder.startsWith("train") ? 50 : 2 }, (_, i) => `${i}`);
    for (const name of names) {
      const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.integer(256));
      const image = sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
      writeFileSync(join(data, "imagenet", folder, `${name}.png`), await image.png().toBuffer());
    }
  }
  writeFileSync(join(data, "imagenet", "train", "dog", "7.png"), "no image");
  const { rows, manifest } = await train(
    {
      dataset: "imagenet",
      network: "mlp",
      widths: [2],
      images: 100,
      testImages: 2,
      batchSize: 50,
      epochs: 1,
      values: [0],
    },
    { data },
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ dataset: "imagenet", network: "mlp", outcome: "finished" });
  const { environment } = manifest;
  expect(environment.dataset).toMatchObject({ name: "imagenet", count: 100, split: "train" });
  expect(environment.skippedFiles).toEqual([join("train", "dog", "7.png")]);
  expect(datasetOf(manifest, { dataset: "imagenet" })).toMatch(/; without 1 image that could not be decoded$/);
});

it.skipIf(!process.env.NONSMOOTH_DATA)("MNIST's test images are the test data (needs NONSMOOTH_DATA)", async () => {
  const { manifest } = await train({ dataset: "auto", testImages: null, epochs: 1, values: [0] });
  expect(manifest.environment.test).toMatchObject({ name: "mnist", count: 10_000, split: "test" });
});

describe("what is refused", () => {
  it.each([
    [{ network: "vgg12" }, /^network: must be one of mlp, .*, got "vgg12"\nHint: did you mean vgg11\?$/],
    [{ network: "lenet5", widths: null, dropout: [0.5] }, "lenet5, dropout: must be 0; only mlp has dropout, got 0.5"],
    [{ values: [0, 0] }, "values: must not hold the same item twice, got [0,0]"],
    [
      { precisions: [31] },
      /^precisions.0: must be one of e4m3, e5m2, 16, bf16, tf32, 32, 64, mixed, or e<E>p<P> .*, got 31$/,
    ],
    [{ learningRates: 0 }, "learningRates: must be a positive number, got 0"],
    [
      { learningRates: [0.1] },
      "learningRates: must be a positive number, or one for each of sgd, adam, adamw, got [0.1]",
    ],
    [{ "weightDecay.sgd": -1 }, "weightDecay.sgd: must be a number, 0 or more, got -1"],
    [{ momentum: 1 }, "momentum: must be in [0, 1), got 1"],
    [{ momentum: 0, nesterov: true }, "sgd, nesterov: must come with a momentum above 0, got 0"],
    [
      { schedule: { kind: "cosin" } },
      'schedule, kind: must be one of constant, cosine, step, warmup, got "cosin"\nHint: did you mean cosine?',
    ],
    [{ images: 60_001 }, "images: must be at most the 60000 images of glyphs, got 60001"],
    [{ testImages: 10_001 }, "testImages: must be at most the 10000 images of glyphs, got 10001"],
    [{ split: "extra" }, 'split: must be one of the splits of glyphs, train, test, got "extra"'],
    [{ preprocessing: "mnits" }, /^preprocessing: must be one of none, mnist, .*, got "mnits"/],
    [{ optimizers: ["sdg"] }, 'optimizers.0: must be one of sgd, adam, adamw, got "sdg"'],
    [{ label: 3 }, "label: must be text or null, got 3"],
    [{ engine: "onnx" }, /^engine: must be one of .*onnx-cpu, .*, got "onnx"/],
  ])("a training with %j is refused", async (set, message) => {
    await expect(train(set)).rejects.toThrow(message);
  });
});

it("resolving a configuration fills in the schedule's epochs, the preprocessing and the threads", async () => {
  const { config } = await train({ epochs: 3, threads: 0, values: [0], images: 40 });
  expect(config.schedule).toEqual({ kind: "cosine", epochs: 3 });
  expect(config.preprocessing).toBe("glyphs");
  expect(config.threads).toBeGreaterThan(0);
});
