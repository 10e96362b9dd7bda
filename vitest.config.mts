import { defineConfig } from "vitest/config";

/** Tests that start processes: the command line, notebooks and their kernels, the documents' examples. */
const endToEnd = ["test/cli/**/*.test.ts", "test/notebook/**/*.test.ts", "test/examples.test.ts"];
/** A browser in the real JupyterLab; skipped with the reason where that cannot be had. */
const jupyterLab = ["test/jupyterlab/**/*.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One engine per process is the tested configuration; two processes fill the two cores of a small machine.
    pool: "forks",
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "unit", include: ["test/**/*.test.ts"], exclude: [...endToEnd, ...jupyterLab] } },
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
