/** A device that fails ends the run with one error, and no row says so: the same run goes on where it was. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { experiment as named, runExperiment } from "../../src/experiments";
import { projectRoot } from "../../src/util";
import { softwareCuda } from "../software-cuda/build";
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

const cuda = softwareCuda();

/** Makes the CUDA device in software fail soon after the first row: 1, its memory is full; 2, it is lost. */
function cudaFailing(kind: 1 | 2): Record<string, string> {
  const { folder } = cuda as { folder: string };
  const file = join(temporaryFolder(), "failing.js");
  const koffi = join(projectRoot, "node_modules", "koffi");
  writeFileSync(
    file,
    `const fs = require("node:fs"), { writeFileSync } = fs;
    fs.writeFileSync = (file, ...more) => {
      writeFileSync(file, ...more);
      if (typeof file !== "number") return; // rows go to an open file
      const device = require(${JSON.stringify(koffi)}).load(${JSON.stringify(join(folder, "libcuda.so.1"))});
      device.func("void software_fail(int kind, int after)")(${kind}, ${kind === 1 ? 0 : 5});
    };`,
  );
  return { NODE_OPTIONS: `--require=${file}`, NONSMOOTH_CUDA: folder };
}

it.skipIf("missing" in cuda).each([
  { experiment: "bifurcation-frequency", settings: MANY, kind: 2, error: "must keep its device" },
  // wider networks need memory that narrow ones have not left behind
  {
    experiment: "bifurcation-frequency",
    settings: { ...MANY, widths: [16, 48] },
    kind: 1,
    error: "must have enough memory",
  },
  { experiment: "training", settings: TRAINING, kind: 2, error: "must keep its device" },
] as const)(
  "a run of $experiment on CUDA continues in a new process to the same rows: $error",
  async ({ experiment, settings, kind, error }) => {
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const [runs, undisturbed] = [temporaryFolder(), temporaryFolder()];
    const words = ["run", experiment, ...set, "--engine", "cuda", "--workers", "0"];
    const { folder } = cuda as { folder: string };
    const run = (to: string, env: Record<string, string>) => nonsmooth([...words, "--runs", to], env);

    const { code, err } = await run(runs, cudaFailing(kind));
    expect(code, err).toBe(1);
    expect(err).toMatch(new RegExp(`^cuda: ${error}, got .*\nHint: .*run the same command again: `, "m"));
    expect(err.split("run the same command again")).toHaveLength(2);
    const before = rowsOf(runs, experiment);
    expect(before).toMatch(/^\{/);
    expect(before).not.toContain('"failed"');

    for (const to of [runs, undisturbed]) expect((await run(to, { NONSMOOTH_CUDA: folder })).code).toBe(0);
    const whole = rowsOf(runs, experiment);
    expect(whole).toBe(rowsOf(undisturbed, experiment));
    expect(whole.length).toBeGreaterThan(before.length);
  },
);
