import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { training } from "../../src/experiments";
import { projectRoot } from "../../src/util";
import { configTable, datasetLabel, labelled } from "../../src/views";
import { committedRun } from "../helpers/rows";

it("a configuration is shown with every digit and with null", () => {
  const rows = configTable({ config: { rate: 0.0118592, images: null, widths: [1, 2] } });
  expect(rows).toEqual([
    { key: "rate", value: "0.0118592" },
    { key: "images", value: "null" },
    { key: "widths", value: "[1,2]" },
  ]);
});

it("a run on the JPEG copy of CIFAR-10 gets that label, and one on MNIST gets none", () => {
  expect(labelled(committedRun(training, "training-curves-resnet18")).config.label).toBe("CIFAR-10, JPEG copy");
  const mnist = committedRun(training, "training-curves-mlp");
  expect(labelled(mnist)).toBe(mnist);
  // the committed figure's own words
  const { alt } = JSON.parse(readFileSync(join(projectRoot, "figures", "training-curves-resnet18.json"), "utf8"));
  expect(alt).toContain("CIFAR-10, JPEG copy");
  expect(datasetLabel("cifar10", "the official files")).toBeNull();
});
