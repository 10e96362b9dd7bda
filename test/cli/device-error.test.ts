/** A device that fails ends the run with one error, and no row says so: the same run goes on where it was. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { experiment as named, runExperiment } from "../../src/experiments";
import { projectRoot } from "../../src/util";
import { nonsmooth, onlyRun, rowsOf, temporaryFolder } from "./support";

const MANY = {
  dataset: "glyphs",
  widths: [16],
  precisions: [16, 32],
  depths: [1],
  batchSizes: [64],
  sampleSizes: [1024],
  runs: 6,
};
const TRAINING = {
  dataset: "glyphs",
  images: 200,
  testImages: 100,
  widths: [8],
  batchSize: 40,
  epochs: 2,
  runs: 2,
  threads: 1,
};

const LOST = {
  said: "A valid external Instance reference no longer exists.",
  error: /^graph .* on onnx-cpu: must keep its device, got "A valid external Instance reference no longer exists\."$/m,
  hint: "the driver has reset the GPU or taken it away; run the same command again",
};
const FULL = {
  said: "Failed to allocate memory for requested buffer of size 1",
  error:
    /^graph .* on onnx-cpu: must have enough memory, got "Failed to allocate memory for requested buffer of size 1"$/m,
  hint: "run the same command again: it continues from its last rows",
};

/** Makes every process fail after some runs of its sessions, as ONNX Runtime does when its device has failed. */
function failingAfter(runs: number, said: string): Record<string, string> {
  const file = join(temporaryFolder(), "failing.js");
  const runtime = join(projectRoot, "node_modules", "onnxruntime-node");
  writeFileSync(
    file,
    `const { InferenceSession } = require(${JSON.stringify(runtime)});
    const { run } = InferenceSession.prototype;
    let count = 0;
    InferenceSession.prototype.run = function (...feeds) {
      return ++count > ${runs} ? Promise.reject(new Error(${JSON.stringify(said)})) : run.apply(this, feeds);
    };`,
  );
  return { NODE_OPTIONS: `--require=${file}` };
}

it.each([
  { experiment: "bifurcation-frequency", settings: MANY, workers: 0, after: 60, failure: LOST },
  { experiment: "bifurcation-frequency", settings: MANY, workers: 1, after: 60, failure: FULL },
  { experiment: "training", settings: TRAINING, workers: 0, after: 19, failure: LOST },
])(
  "a run of $experiment (workers: $workers) continues to the same rows after: $failure.said",
  async ({ experiment, settings, workers, after, failure }) => {
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const words = ["run", experiment, ...set, "--workers", String(workers)];
    const [runs, undisturbed] = [temporaryFolder(), temporaryFolder()];
    const { code, out, err } = await nonsmooth([...words, "--runs", runs], failingAfter(after, failure.said));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(failure.error);
    expect(err.split(failure.hint)).toHaveLength(2);
    const manifest = JSON.parse(readFileSync(join(onlyRun(runs, experiment)!, "manifest.json"), "utf8"));
    expect(manifest.status).toBe("failed");
    expect(manifest.reason).toMatch(failure.error);
    const before = rowsOf(runs, experiment);
    expect(before).toMatch(/^\{/);
    expect(before).not.toContain('"failed"');

    const again = (folder: string) => runExperiment(named(experiment), { set: settings, runs: folder, workers: 0 });
    await again(runs);
    await again(undisturbed);
    const whole = rowsOf(runs, experiment);
    expect(whole).toBe(rowsOf(undisturbed, experiment));
    expect(whole.length).toBeGreaterThan(before.length);
  },
);
