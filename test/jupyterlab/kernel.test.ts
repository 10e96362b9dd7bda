/** The kernel's life under JupyterLab: pages come and go, cells print much, are interrupted and left alone. */
import { expect, it } from "vitest";
import type { NotebookPage } from "./notebook-page";
import { describeInLab } from "./support";

/** 5 openings and 15 reloads; the kernels opened first live on beside the later ones. */
const NOTEBOOKS = 5;
const RELOADS = 3;

/** A training without an end in sight, as the README has it. */
const training = `
import { createEngine, createLoader, createNetwork, glyphs, preprocessing, sgd, train } from "nonsmooth";
const loader = (split: "train" | "test", count: number) =>
  createLoader({ dataset: glyphs({ split, count }), batchSize: 50, transforms: preprocessing("glyphs", split) });
const [data, test] = [loader("train", 1000), loader("test", 100)];
const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [64] });
const engine = createEngine();
let steps = 0;
for await (const event of train({ network, optimizer: sgd({ lr: 0.05 }), data, test, engine, epochs: 10_000, seed: 1, precision: "f32" })) {
  steps++;
  if (event.kind === "epoch") console.log("epoch", event.epoch);
}
console.log("came to its end");`;

/** A run of some 20 seconds, not taken up from an earlier one. */
const run = `
import { runInNotebook, training } from "nonsmooth";
const set = { dataset: "glyphs", images: 5000, testImages: 500, epochs: 20, values: [0, 1], precisions: [32], runs: 1, threads: 1, seed: ${Date.now()} };
const done = await runInNotebook(training, { preset: "smoke", set: set });`;

/** Prints numbered lines over some seconds. */
const slowLines = (count: number) => `
let line = 0;
while (line < ${count}) {
  for (let k = 0; k < 10; k++) console.log(line++);
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log("end", line);`;

describeInLab("a kernel in JupyterLab", (desk) => {
  it("a kernel outlives openings and reloads, keeps its state and loses no first output", async () => {
    const secrets: string[] = [];
    const ask = async (page: NotebookPage) => page.printed(await page.run('console.log(secret, "in", process.pid);'));
    for (let number = 0; number < NOTEBOOKS; number++) {
      const page = await desk().open(desk().create(`opened-${number}`));
      const first = await page.run(`const secret = ${number}; console.log(secret, "in", process.pid);`);
      const secret = await page.printed(first);
      expect(secret).toMatch(new RegExp(`^${number} in \\d+\n$`));
      for (let reload = 0; reload < RELOADS; reload++) {
        await page.save();
        await page.reload();
        expect(await ask(page)).toBe(secret);
      }
      await page.close();
      secrets.push(secret);
    }
    for (const [number, secret] of secrets.entries()) {
      const page = await desk().open(`opened-${number}.ipynb`);
      expect(await ask(page)).toBe(secret);
      await page.close();
    }
    expect(desk().server.log()).not.toMatch(/restarting kernel|kernel .* died/i);
  });

  it("all of 100,000 printed lines arrive", async () => {
    const page = await desk().open(desk().create("lines"));
    const index = await page.run('for (let i = 0; i < 100000; i++) console.log("line", i);');
    const lines = (await page.printed(index)).trimEnd().split("\n");
    expect(lines.findIndex((line, at) => line !== `line ${at}`)).toBe(-1);
    expect(lines).toHaveLength(100_000);
  });

  it("an interrupted training ends with one line and no later output, and the next cell runs", {
    timeout: 180_000,
  }, async () => {
    const page = await desk().open(desk().create("interrupted"));
    const index = await page.start(training);
    await page.printedText(index, "epoch 3");
    await page.interrupt();
    await page.ended(index);
    await page.idle();
    await page.shot("interrupted");
    const seen = await page.seen(index);
    // after an error the kernel refuses for a moment what was sent meanwhile
    await page.pause(300);
    const steps = async () => page.printed(await page.run("console.log(steps);"));
    const before = await steps();
    expect(before).toMatch(/^[1-9]\d*\n$/);
    await page.pause(2_000);
    expect(await steps()).toBe(before);
    expect(await page.seen(index)).toBe(seen);
    const said = seen.split("\n").filter((line) => line.trim() !== "" && !/^epoch \d+$/.test(line));
    expect(said).toEqual([expect.stringMatching(/interrupted/i)]);
  });

  it("a cell goes on while its page is reloaded, and later outputs arrive", async () => {
    const page = await desk().open(desk().create("reloaded"));
    const index = await page.start(slowLines(5_000));
    await page.printedText(index, "\n100\n");
    await page.save();
    await page.reload();
    await page.idle();
    expect(await page.printed(await page.run('console.log("then", line);'))).toBe("then 5000\n");
  });

  it("a cell goes on while its page is closed and opened again", async () => {
    const path = desk().create("closed");
    const page = await desk().open(path);
    const index = await page.start(slowLines(5_000));
    await page.printedText(index, "\n100\n");
    await page.save();
    await page.close();
    const again = await desk().open(path);
    await again.idle();
    expect(await again.printed(await again.run('console.log("then", line);'))).toBe("then 5000\n");
  });

  it("a run that ended while its page was closed shows no time left", async () => {
    const path = desk().create("run");
    const page = await desk().open(path);
    const index = await page.start(run);
    await page.seenText(index, / at \d\d:\d\d:\d\d, ends about \d\d:\d\d/);
    await page.save();
    await page.close();
    const again = await desk().open(path);
    await again.idle();
    expect(await again.printed(await again.run("console.log(done.rows.length);"))).toMatch(/^[1-9]\d*\n$/);
    await again.shot("run-ended");
    const seen = await again.seen(index);
    expect(seen).not.toMatch(/\bleft\b/);
    expect(seen, "either true when it was written, or the end").toMatch(/ at \d\d:\d\d:\d\d|: done \(/);
  });
});
