/** The settings that the notebooks train with: they must find the committed runs again, and the published values. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeConfig, type TrainingArm, training, trainingArm, trainingArms } from "../../src/experiments";
import { published } from "../../src/figures";
import { configHash, type Manifest } from "../../src/runs";
import { projectRoot } from "../../src/util";

const manifestOf = (name: string) =>
  JSON.parse(readFileSync(join(projectRoot, "data", "results", name, "manifest.json"), "utf8")) as Manifest;

/** Arms whose runs of the preset laptop are committed, by the name of their rows. */
const committed: readonly (readonly [TrainingArm, string])[] = [
  ["mlp", "mlp"],
  ["vgg11", "vgg11"],
  ["resnet18", "resnet18"],
  ["batch-norm-and-adam", "batch-norm-and-adam-cifar10"],
  ["dropout", "dropout"],
  ["chain-rule-mlp", "chain-rule-mlp"],
  ["chain-rule-resnet18", "chain-rule-resnet18"],
];

describe("a notebook's training", () => {
  it.each(committed)("the training %s has the hash of its committed run", (arm, name) => {
    const manifest = manifestOf(`final-accuracy-${name}`);
    const { dataset, threads } = manifest.config as { dataset: string; threads: number };
    const set = trainingArm(arm, "laptop");
    expect(set.dataset).toBe(dataset === "mnist" ? "auto" : "auto-colour");
    const config = makeConfig(training, { preset: "laptop", set });
    // what depends on the place, and the epochs of a cosine schedule, are filled in when it is resolved
    const schedule = { ...config.schedule, epochs: config.epochs };
    const resolved = { ...config, dataset, preprocessing: dataset, schedule, threads };
    expect(resolved).toEqual(manifest.config);
    expect(configHash("training", resolved)).toBe(manifest.hash);
  });

  it.each(trainingArms)("the training %s has a valid configuration in each preset", (arm) => {
    for (const preset of ["smoke", "laptop", "paper"] as const) {
      const set = trainingArm(arm, preset);
      expect(makeConfig(training, { preset, set })).toMatchObject(set);
    }
  });

  it.each(["mlp", "vgg11", "resnet18"] as const)("the paper's %s has the published values of ReLU'(0)", (network) => {
    const theirs = published("training-final-accuracy").filter(
      (one) => one.experiment === "training" && one.optimizer === "sgd" && one.network === network,
    );
    expect(trainingArm(network, "paper").values).toEqual([...new Set([0, ...theirs.map(({ value }) => value)])]);
  });

  it("every training in preset paper has all images of real data and the full width", () => {
    for (const arm of trainingArms) {
      const { dataset, images, testImages, widths } = trainingArm(arm, "paper");
      expect([images, testImages, widths], arm).toEqual([null, null, null]);
      expect(["mnist", "cifar10", "svhn", "imagenet"]).toContain(dataset);
    }
  });

  it("an unknown training or preset is refused", () => {
    expect(() => trainingArm("vgg12" as TrainingArm, "laptop")).toThrow(/training arm: must be one of .*vgg11/);
    expect(() => trainingArm("vgg11", "laptops")).toThrow(/preset: must be one of smoke, laptop, paper, got "laptops"/);
  });
});
