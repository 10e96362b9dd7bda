/** Many initialisations in one program: the rows are those of one after another, whichever way they are grouped. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { glyphs } from "../../src/data";
import { createEngine, type Engine } from "../../src/engines";
import {
  bifurcationFrequency,
  makeConfig,
  planExperiment,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import { type Chunk, chunks, type Job, jobsOf } from "../../src/experiments/bifurcation-frequency/cells";
import { placesFor } from "../../src/experiments/bifurcation-frequency/crowd";
import { compileCell } from "../../src/experiments/bifurcation-frequency/programs";
import { simulate } from "../../src/experiments/bifurcation-frequency/simulate";
import { currentPass } from "../../src/experiments/bifurcation-frequency/worker";
import { configHash, type Row } from "../../src/runs";
import { projectRoot } from "../../src/util";
import { temporaryFolder } from "./support";

const SMALL = {
  dataset: "glyphs",
  precisions: [16, 32, 64],
  widths: [64],
  depths: [2],
  batchSizes: [128],
  sampleSizes: [5120],
  runs: { 16: 9, 32: 5, 64: 2 },
};

const run = (set: Readonly<Record<string, unknown>>, options: RunOptions = {}) =>
  runExperiment(bifurcationFrequency, { runs: temporaryFolder(), workers: 0, ...options, set: { ...SMALL, ...set } });

describe("replicas", () => {
  it("leave every row as it is, in every column", async () => {
    const alone = await run({});
    const outcomes = alone.rows.map((row) => row.outcome);
    expect(outcomes).toContain("different");
    expect(outcomes).toContain("same");
    expect(alone.rows).toHaveLength(16);
    for (const replicas of [1, 4, 7]) {
      const { rows, summary } = await run({ replicas });
      expect(rows).toEqual(alone.rows);
      expect(summary).toEqual(alone.summary);
    }
  });

  it("may be interrupted: what is there is left out of the groups", async () => {
    const whole = await run({ replicas: 4, precisions: [16] });
    const runs = temporaryFolder();
    const stop = new AbortController();
    const progress = ({ done }: { done: number }) => {
      if (done >= 4) stop.abort();
    };
    const set = { replicas: 4, precisions: [16] };
    await expect(run(set, { runs, progress, signal: stop.signal })).rejects.toThrow();
    const { done } = (await planExperiment(bifurcationFrequency, { runs, set: { ...SMALL, ...set } })).runs[0]!;
    expect(done).toBe(4);
    expect((await run(set, { runs })).rows).toEqual(whole.rows);
  });

  it("are no part of a configuration without them, whose hash stays what it was", async () => {
    const file = join(projectRoot, "data", "results", "bifurcation-frequency", "manifest.json");
    const { config, hash } = JSON.parse(readFileSync(file, "utf8"));
    expect(configHash("bifurcation-frequency", makeConfig(bifurcationFrequency, { set: config }))).toBe(hash);
    const resolved = (replicas?: number) =>
      bifurcationFrequency.resolve(makeConfig(bifurcationFrequency, { set: { ...SMALL, replicas } }), {
        log: () => {},
      });
    expect(Object.hasOwn(await resolved(), "replicas")).toBe(false);
    expect(await resolved(1)).toEqual(await resolved());
    expect(await resolved(4)).toMatchObject({ replicas: 4 });
    const wrong = () => makeConfig(bifurcationFrequency, { set: { replicas: 0 } });
    expect(wrong).toThrow("replicas: must be a positive integer, got 0");
  });
});

describe("groups", () => {
  const cell = { precision: 16, width: 8, depth: 1, batchSize: 64 } as const;
  const job = (trial: number, width = 8): Job => ({ ...cell, width, trial });

  it("hold neighbours of one cell", () => {
    const some = [job(0), job(2), job(3), job(0, 16), job(1, 16), job(5)];
    const made = chunks(some, 2);
    expect(made.map(({ width, trials }) => [width, trials])).toEqual([
      [8, [0, 2]],
      [8, [3]],
      [16, [0, 1]],
      [8, [5]],
    ]);
    expect(made.flatMap(jobsOf)).toEqual(some);
    expect(chunks(some, 1)).toHaveLength(6);
  });

  it("take half of the places when they have become small enough", () => {
    expect([7, 6, 5, 4, 3, 2, 1].map((n) => placesFor(n, 7))).toEqual([7, 7, 7, 4, 4, 2, 1]);
    expect([16, 9, 8, 5, 4, 1].map((n) => placesFor(n, 16))).toEqual([16, 16, 8, 8, 4, 1]);
    expect(placesFor(1, 1)).toBe(1);
  });
});

describe("a group", () => {
  const cell = { precision: 16, width: 64, depth: 2, batchSize: 256 } as const;
  const settings = { dataset: "glyphs", seed: 1, pair: [0, 1] as [number, number] };
  const group: Chunk = { ...cell, trials: [0, 1, 2, 3, 4] };
  const held = { brought: 0, freed: 0 };
  let engine: Engine;
  beforeAll(() => {
    const own = createEngine("onnx-cpu");
    engine = { ...own, hold: async (x) => counted(await own.hold(x)) };
  });
  afterAll(() => engine.dispose());

  function counted<T extends { dispose(): void }>(x: T): T {
    held.brought++;
    x.dispose = () => {
      held.freed++;
    };
    return x;
  }

  it("shrinks as its networks are decided, and frees what it held", async () => {
    const programs = compileCell(engine, cell, 784, 10, { chainRule: "multiply", firstActivation: true });
    const dataset = glyphs({ split: "train", count: 5120 });
    const pass = currentPass(engine, dataset, dataset.count)(cell);
    const alone: Row[] = [];
    for (const trial of group.trials) {
      alone.push(...(await simulate({ ...cell, trials: [trial] }, settings, programs, pass)));
    }
    const places: number[] = [];
    const watched = {
      ...programs,
      screen(networks: number) {
        places.push(networks);
        return programs.screen(networks);
      },
    };
    await pass.at(0);
    const before = held.brought - held.freed;
    expect(await simulate(group, { ...settings, replicas: 5 }, watched, pass)).toEqual(alone);
    expect(held.brought - held.freed).toBe(before);
    expect(places[0]).toBe(5);
    expect(places).toEqual([...places].sort((a, b) => b - a));
    expect(places.at(-1)).toBeLessThan(5);
    await programs.dispose();
  });
});
