/** `watch` in a notebook's kernel: what it shows, what stays, what the stop button leaves. */
import { describe, expect, it } from "vitest";
import { openKernel } from "./session";
import { errorText, runCells, streamText } from "./support";

const cells = (last: string) => [
  `import { createEngine, createLoader, createNetwork, glyphs, observeZeros, sgd, train, watch } from "nonsmooth";
   const loader = (split: "train" | "test") => createLoader({ dataset: glyphs({ split, count: 200 }), batchSize: 20 });
   const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [16] });
   const settings = { network, optimizer: sgd({ lr: 0.05 }), data: loader("train"), test: loader("test"), engine: createEngine(), epochs: 2, seed: 1, precision: "f32" as const, observe: observeZeros };`,
  last,
];

describe("watch in a kernel", () => {
  it("one output holds the last picture, as every reader can show it", async () => {
    const shown: string[] = [];
    const { ok, failure, stored } = await runCells(
      cells(`const seen = await watch({ "s = 0": train(settings), "s = 1": train({ ...settings, kinks: { "relu.zero": 1 } }) });
             seen.loss.length`),
      { inProject: true, progress: (text) => shown.push(text) },
    );
    expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
    const [picture, ...others] = stored[1]!.outputs;
    expect(others.map(({ output_type: type }) => type)).toEqual(["stream"]);
    expect(streamText(stored[1], "stdout")).toBe("40\n");
    expect(Object.keys(picture?.data ?? {})).toEqual(["image/png", "text/plain"]);
    const alt = [picture?.data?.["text/plain"]].flat().join("");
    expect(alt).toMatch(/^2 trainings\. 20 steps, 2 epochs \([\d.]+ s\)\. s = 0: loss .*; s = 1: loss .* zeros\.$/);
    const png = Buffer.from(picture?.data?.["image/png"] as string, "base64");
    const { width, height } = (picture!.metadata as Record<string, { width: number; height: number }>)["image/png"]!;
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * width, 2 * height]);
    expect(png.length).toBeLessThan(200_000);
    // it grew before
    expect(shown[0]).toMatch(/^2 trainings\. step 1 of 20, epoch 1 of 2 at /);
  });

  it("after an error the picture stays, and says where the training stopped", async () => {
    const { stored } = await runCells(
      cells(`const broken = async function* () { const events = train(settings); for (let i = 0; i < 3; i++) yield (await events.next()).value; throw new Error("no such luck"); };
             await watch(broken() as any);`).map((source, i) =>
        i === 1 ? { source, tags: ["raises-exception"] } : source,
      ),
      { inProject: true },
    );
    const [picture] = stored[1]!.outputs;
    expect(Object.keys(picture?.data ?? {})).toEqual(["image/png", "text/plain"]);
    expect([picture?.data?.["text/plain"]].flat().join("")).toMatch(
      /^Training\. stopped at step 3 of 20, epoch 1 of 2: no such luck \(/,
    );
    expect(errorText(stored[1])).toContain("no such luck");
  });

  it("the stop button leaves the picture, every training writes its checkpoint, and the same cell continues from there", async () => {
    const kernel = await openKernel();
    try {
      await kernel.run(cells("")[0]!);
      const arm = (name: string) =>
        `train({ ...settings, epochs: 20_000, checkpoint: { path: "${name}.ckpt", identity: "${name}" } })`;
      // the signal comes after the first steps, however long they take
      const announced = `
        import type { TrainingEvents } from "nonsmooth";
        const announced = (events: TrainingEvents): TrainingEvents => {
          const next = events.next.bind(events);
          let steps = 0;
          return Object.assign(events, { next: async () => {
            const event = await next();
            if (steps++ === 0) console.log("started");
            return event;
          } });
        };`;
      const code = `${announced}\nawait watch({ a: announced(${arm("a")}), b: ${arm("b")} });`;
      const stopped = await kernel.run(code, { interruptAfterOutput: true });
      expect([stopped.status, stopped.error?.ename]).toEqual(["error", "Interrupted"]);
      const again = await kernel.run(code, { interruptAfterOutput: true });
      const steps = [stopped, again].map(({ outputs }) => {
        const data = outputs.flatMap((output) => (output.output_type === "display_data" ? [output.data] : []));
        expect(data.map((forms) => Object.keys(forms).sort())).toEqual([["image/png", "text/plain"]]);
        const alt = String(data[0]!["text/plain"]);
        return Number(/^2 trainings\. stopped at step ([\d,]+) of/.exec(alt)?.[1]?.replaceAll(",", ""));
      });
      expect(steps[0]).toBeGreaterThan(0);
      expect(steps[1]).toBeGreaterThan(steps[0]!);
      const left = await kernel.run(
        `import { existsSync } from "node:fs"; console.log(["a", "b"].every((name) => existsSync(name + ".ckpt")));`,
      );
      expect(left.stdout).toBe("true\n");
    } finally {
      await kernel.close();
    }
  });

  it("the figure of an experiment is drawn while it runs, and stays as `show` leaves it", async () => {
    const shown: string[] = [];
    const set = { dataset: "glyphs", widths: [8], depths: [1], batchSizes: [64], sampleSizes: [128], runs: 3 };
    const { ok, failure, stored, text } = await runCells(
      [
        `import { bifurcationFrequency, runInNotebook } from "nonsmooth"; const set = ${JSON.stringify(set)};`,
        'const { rows } = await runInNotebook(bifurcationFrequency, { watch: true, runs: "runs", preset: "smoke", workers: 0, set });',
      ],
      { inProject: true, progress: (line) => shown.push(line) },
    );
    expect({ ok, failure }).toEqual({ ok: true, failure: undefined });
    expect(stored[1]!.outputs.map(({ data = {} }) => Object.keys(data))).toEqual([["image/png", "text/plain"]]);
    expect([stored[1]!.outputs[0]!.data!["text/plain"]].flat().join("")).toMatch(/3 initialisations\), at 32 bits/);
    expect(text).not.toContain("<script");
    expect(shown.some((line) => line.includes("1 initialisation)"))).toBe(true);
  });
});
