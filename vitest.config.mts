import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One engine per process is the tested configuration; two processes fill the two cores of a small machine.
    pool: "forks",
    maxWorkers: 2,
  },
});
