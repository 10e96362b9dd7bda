/** An experiment goes on without the page, the browser and the kernel, and its cell finds it again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { listRuns } from "../../src/runs";
import type { StoredCell } from "../notebook/support";
import { describeInLab } from "./support";

/** Some ten seconds. */
const cell = (runs: string) => `
import { bifurcationFrequency, runInNotebook, showTable } from "nonsmooth";
const set = { dataset: "glyphs", widths: [64, 256], depths: [3], precisions: [16, 32], batchSizes: [128], sampleSizes: [5120], runs: 60 };
const run = await runInNotebook(bifurcationFrequency, { preset: "smoke", workers: 1, watch: true, runs: ${JSON.stringify(runs)}, set: set });
showTable(run.summary, { caption: "Frequency" });
console.log(run.rows.length, "rows", run.manifest.sessions, "session");`;

const ROWS = 240;

async function doneWith(runs: string): Promise<void> {
  while (listRuns(runs)[0]?.status !== "done") await sleep(200);
}

describeInLab("an experiment outside the kernel", (desk) => {
  it.each([
    ["the page is closed", false],
    ["the page is closed and the kernel shut down", true],
  ])("when %s in its middle, the cell shows it complete afterwards", { timeout: 240_000 }, async (how, isShutDown) => {
    const runs = join(desk().folder, isShutDown ? "runs-without-kernel" : "runs-without-page");
    const path = desk().create(isShutDown ? "kernel-closed" : "page-closed");
    const before = await desk().open(path);
    const index = await before.start(cell(runs));
    await before.seenText(index, /\d+\/240 runs/);
    await before.shot(`detached-runs ${how}`);
    await before.save();
    await before.close();
    if (isShutDown) await desk().server.shutDownKernels();
    const [entry] = listRuns(runs);
    expect(entry?.status).toBe("running");
    expect(entry?.rows).toBeLessThan(ROWS);
    await doneWith(runs);

    const after = await desk().open(path);
    await after.runAgain(index);
    expect(await after.printed(index)).toBe(`${ROWS} rows 1 session\n`);
    expect(await after.seen(index)).toContain("Frequency");
    expect(await after.pictures()).toHaveLength(1);
    await after.shot(`detached-complete ${how}`);
    await after.save();
    const { cells } = JSON.parse(readFileSync(join(desk().folder, path), "utf8")) as { cells: StoredCell[] };
    const kinds = cells[index]!.outputs.flatMap(({ data = {} }) => Object.keys(data));
    expect(kinds).toContain("image/png");
  });
});
