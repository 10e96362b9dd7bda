import { defineConfig } from "vitest/config";

// Vite takes these for parts of a URL, in every path
const stray = /[#%?]/.exec(import.meta.dirname);
if (stray) {
  console.error(`tests: the checkout's path must not contain ${stray[0]}, got ${import.meta.dirname}`);
  process.exit(1);
}

/** Tests that start processes: the command line, notebooks and their kernels, a browser, the examples in documents and docstrings. */
const endToEnd = [
  "test/cli/**/*.test.ts",
  "test/notebook/**/*.test.ts",
  "test/explore/page.test.ts",
  "test/examples.test.ts",
  "test/docstrings/**/*.test.ts",
];
/** What takes long: every operation in many formats; whole trainings and steps of whole networks: beside PyTorch's and the definition, across interruptions, of many networks at once. */
const trainings = [
  "test/autodiff/{replicate,replicate-images}.test.ts",
  "test/engines/conformance-formats.test.ts",
  "test/experiments/{bifurcation-frequency-networks,checkpoints,gradient-difference,simulate}.test.ts",
  "test/train/{engines,pytorch}.test.ts",
];
/** The engine cuda, on a device in software where there is no NVIDIA GPU: each program of the tests is compiled with g++. */
const cuda = ["test/**/cuda*.test.ts"];
/** What every engine is held to. */
const everyEngine = [
  "test/autodiff/{gradient,kinks,kink-places,replicate,replicate-images}.test.ts",
  "test/engines/{conformance,conformance-formats,one-rounding,programs,registry,subnormals}.test.ts",
  "test/nn/{layers,mlp,networks}.test.ts",
  "test/ops/images.test.ts",
  "test/optim/{mixed,optimizers}.test.ts",
  "test/train/engines.test.ts",
];
/** Kills, full disks, bad inputs of whole programs. */
const faults = ["test/faults/**/*.test.ts"];
/** Runs in shards on a real Slurm; skipped with the reason where there is none. */
const slurm = ["test/slurm/**/*.test.ts"];
/** A browser in the real JupyterLab; skipped with the reason where that cannot be had. */
const jupyterLab = ["test/jupyterlab/**/*.test.ts"];

export default defineConfig({
  test: {
    // against hangs alone: on a busy machine a test may take several times its usual time
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // One engine per process is the tested configuration; two processes fill the two cores of a small machine.
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default", "./test/stuck.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...endToEnd, ...jupyterLab, ...trainings, ...cuda, ...faults, ...slurm],
        },
      },
      { extends: true, test: { name: "trainings", include: trainings } },
      {
        extends: true,
        test: { name: "cuda", include: [...cuda, ...everyEngine], env: { NONSMOOTH_TEST_ENGINE: "cuda" } },
      },
      { extends: true, test: { name: "faults", include: faults } },
      { extends: true, test: { name: "slurm", include: slurm } },
      { extends: true, test: { name: "end-to-end", include: endToEnd } },
      {
        extends: true,
        test: {
          name: "jupyterlab",
          include: jupyterLab,
          globalSetup: "test/jupyterlab/setup.ts",
          testTimeout: 300_000,
        },
      },
    ],
  },
});
