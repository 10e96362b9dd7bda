import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult } from "../../src/experiments";
import { type Manifest, readManifest } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { configTable, datasetLabel, labelled } from "../../src/views";

/** A committed run, as far as the views look at it. */
function committed(name: string): RunResult<{ dataset: string; label: string | null }, unknown> {
  const manifest = readManifest(join(projectRoot, "data", "results", name)) as Manifest;
  return { manifest, config: manifest.config } as unknown as RunResult<
    { dataset: string; label: string | null },
    unknown
  >;
}

it("a configuration is shown with every digit and null", () => {
  const rows = configTable({ config: { rate: 0.0118592, images: null, widths: [1, 2] } });
  expect(rows).toEqual([
    { key: "rate", value: "0.0118592" },
    { key: "images", value: "null" },
    { key: "widths", value: "[1,2]" },
  ]);
});

it("a run on the JPEG copy is called so, one on MNIST is not", () => {
  expect(labelled(committed("training-curves-resnet18")).config.label).toBe("CIFAR-10, JPEG copy");
  const mnist = committed("training-curves-mlp");
  expect(labelled(mnist)).toBe(mnist);
  // the committed figure's own words
  const { alt } = JSON.parse(readFileSync(join(projectRoot, "figures", "training-curves-resnet18.json"), "utf8"));
  expect(alt).toContain("CIFAR-10, JPEG copy");
  expect(datasetLabel("cifar10", "the official files")).toBeNull();
});
