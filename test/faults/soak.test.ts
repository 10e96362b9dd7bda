/** Many trainings in one process: memory, file handles, threads and temporary files must level off. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compiledModule, projectRoot } from "../../src/util";

const folder = mkdtempSync(join(tmpdir(), "nonsmooth-soak-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Trains 200 times, 4 at a time in one run, and writes what the process holds after each run. */
const PROGRAM = `
const { readdirSync, mkdirSync } = require("node:fs");
const { runExperiment, training } = require(${JSON.stringify(compiledModule("index"))});
const set = { dataset: "glyphs", images: 64, testImages: 32, network: "mlp", widths: [32], precisions: [16, 32], values: [0, 1], epochs: 1, batchSize: 16, runs: 1, learningRates: 0.05 };
(async () => {
  const seen = [];
  for (let k = 0; k < 50; k++) {
    const { rows } = await runExperiment(training, { runs: ${JSON.stringify(join(folder, "runs"))}, workers: 0, set: { ...set, seed: k + 1 } });
    if (global.gc) global.gc();
    seen.push({
      trainings: new Set(rows.map(({ precision, value }) => precision + "/" + value)).size,
      bytes: process.memoryUsage().rss,
      handles: readdirSync("/proc/self/fd").length,
      threads: readdirSync("/proc/self/task").length,
      temporary: readdirSync(process.env.TMPDIR).length,
    });
  }
  process.stdout.write(JSON.stringify(seen));
})();
`;

interface Seen {
  readonly trainings: number;
  readonly bytes: number;
  readonly handles: number;
  readonly threads: number;
  readonly temporary: number;
}

it.runIf(process.platform === "linux")(
  "after 200 trainings a process holds what it held after 100",
  () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "-e", PROGRAM], {
      cwd: projectRoot,
      encoding: "utf8",
      env: { ...process.env, TMPDIR: folder, NONSMOOTH_OFFLINE: "1" },
    });
    expect(stdout, stderr).not.toBe("");
    const seen = JSON.parse(stdout) as Seen[];
    expect(seen.reduce((sum, { trainings }) => sum + trainings, 0)).toBe(200);
    const most = (from: number, to: number, of: (one: Seen) => number) => Math.max(...seen.slice(from, to).map(of));
    for (const what of ["handles", "threads", "temporary"] as const) {
      expect(
        most(40, 50, (one) => one[what]),
        what,
      ).toBeLessThanOrEqual(most(15, 25, (one) => one[what]));
    }
    const [middle, end] = [most(15, 25, ({ bytes }) => bytes), most(40, 50, ({ bytes }) => bytes)];
    process.stderr.write(`after 100 trainings ${Math.round(middle / 1e6)} MB, after 200 ${Math.round(end / 1e6)} MB\n`);
    expect(end).toBeLessThan(1.1 * middle);
  },
  600_000,
);
