/** Many initialisations in one program: the rows are those of one after another, whichever way they are grouped. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ChainRule, stackFeeds } from "../../src/autodiff";
import { glyphs } from "../../src/data";
import { createEngine, type Engine, type Program } from "../../src/engines";
import {
  type BifurcationRow,
  bifurcationFrequency,
  experiment,
  makeConfig,
  planExperiment,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import type { Job } from "../../src/experiments/bifurcation-frequency/cells";
import { presets } from "../../src/experiments/bifurcation-frequency/config";
import { simulate } from "../../src/experiments/bifurcation-frequency/simulate";
import { bundles } from "../../src/experiments/common/jobs";
import { placesFor } from "../../src/experiments/gradient-pairs/crowd";
import { latestPass } from "../../src/experiments/gradient-pairs/pass";
import { compileCell, valuesAtKink } from "../../src/experiments/gradient-pairs/programs";
import { precisionOf } from "../../src/formats";
import { initialise } from "../../src/nn";
import type * as runs from "../../src/runs";
import { configHash, runPool } from "../../src/runs";
import { projectRoot, stream } from "../../src/util";
import { oneMoreZero } from "./gradient-loops";
import { temporaryFolder } from "./support";

// as it is, but watched: its jobs are the groups that go through one program
vi.mock("../../src/runs", async (original) => {
  const actual = await original<typeof runs>();
  return { ...actual, runPool: vi.fn(actual.runPool) as typeof actual.runPool };
});

const trialsOf = (some: readonly Job[]) => some.map(({ trial }) => trial);

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
  it("replicas leave every row as it is, in every column", async () => {
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

  describe("interrupted runs", () => {
    const set = { replicas: 4, precisions: [16], sampleSizes: [2560] };
    const parts = vi.mocked(runPool);
    const handedOut = () => [...(parts.mock.lastCall![0].jobs as Iterable<Job[]>)].map(trialsOf);

    it("an interrupted run goes on with the next group", async () => {
      const whole = await run(set);
      expect(handedOut()).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
      const runs = temporaryFolder();
      const stop = new AbortController();
      const progress = ({ done }: { done: number }) => {
        if (done >= 4) stop.abort();
      };
      await expect(run(set, { runs, progress, signal: stop.signal })).rejects.toThrow();
      const { done } = (await planExperiment(bifurcationFrequency, { runs, set: { ...SMALL, ...set } })).runs[0]!;
      expect(done).toBe(4);
      expect((await run(set, { runs })).rows).toEqual(whole.rows);
      expect(handedOut()).toEqual([[4, 5, 6, 7], [8]]);
    });

    it("a run interrupted within a group computes the group again and adds only the missing rows", async () => {
      const runs = temporaryFolder();
      const whole = await run(set, { runs });
      const file = join(whole.runDirectory, "rows.jsonl");
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      expect(lines).toHaveLength(9);
      // killed behind the second row of the second group; a mark shows that what is there is kept
      const marked = lines[4]!.replace('"dataset":"glyphs"', '"dataset":"marked"');
      writeFileSync(file, `${[...lines.slice(0, 4), marked, lines[5]].join("\n")}\n`);
      const seen: (readonly [number, number])[] = [];
      const progress = ({ done, total }: { done: number; total: number }) => seen.push([done, total]);
      const { rows } = await run(set, { runs, progress });
      expect(handedOut()).toEqual([[4, 5, 6, 7], [8]]);
      expect(rows).toEqual(whole.rows.map((row, i) => (i === 4 ? { ...row, dataset: "marked" } : row)));
      expect(seen).toEqual([
        [6, 9],
        [8, 9],
        [9, 9],
      ]);
    });

    it("a resumed run skips groups that are done, repeats the others whole and ends with the same bytes", async () => {
      const six = { ...set, replicas: 2, runs: 6 };
      const [runs, groups] = [temporaryFolder(), [[0, 1], [2, 3], [4, 5]]]; // biome-ignore format: short
      const file = join((await run(six, { runs })).runDirectory, "rows.jsonl");
      expect(handedOut()).toEqual(groups);
      const bytes = readFileSync(file, "utf8");
      const lines = bytes.trimEnd().split("\n");
      for (const [kept, left] of [
        [[], groups],
        [[3, 0, 1], groups.slice(1)],
        [[5, 3, 1], groups],
        [[0, 1, 2, 3, 4, 5], []],
      ] as const) {
        writeFileSync(file, kept.map((trial) => `${lines[trial]}\n`).join(""));
        const { rows } = await run(six, { runs });
        expect(handedOut()).toEqual(left);
        expect(rows.map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(readFileSync(file, "utf8")).toBe(bytes);
      }
    });

    it("a failure in the rest of a group leaves the rows that are there", async () => {
      const runs = temporaryFolder();
      const whole = await run(set, { runs });
      const file = join(whole.runDirectory, "rows.jsonl");
      writeFileSync(file, readFileSync(file, "utf8").split("\n").slice(0, 6).join("\n").concat("\n"));
      parts.mockImplementationOnce(async ({ jobs, onError }) => {
        for (const group of jobs) await onError!(new Error("out of luck"), group);
      });
      const { rows } = await run(set, { runs });
      expect(rows.slice(0, 6)).toEqual(whole.rows.slice(0, 6));
      expect(rows.map(({ trial, outcome, reason, batches }) => [trial, outcome, reason, batches]).slice(6)).toEqual(
        [6, 7, 8].map((trial) => [trial, "failed", "out of luck", null]),
      );
    });
  });

  it.each(["bifurcation-frequency", "gradient-difference"])(
    "a configuration of %s without replicas has no key for them and keeps its hash",
    async (name) => {
      const file = join(projectRoot, "data", "results", name, "manifest.json");
      const { config, hash } = JSON.parse(readFileSync(file, "utf8"));
      const known = experiment(name);
      const configOf = (set: Readonly<Record<string, unknown>>) =>
        makeConfig(known, { set }) as Record<string, unknown>;
      expect(configHash(name, configOf(config))).toBe(hash);
      const resolved = (replicas?: number) =>
        known.resolve(configOf({ dataset: "glyphs", replicas }), { log: () => {} });
      expect(Object.hasOwn(await resolved(), "replicas")).toBe(false);
      expect(await resolved(1)).toEqual(await resolved());
      expect(await resolved(4)).toMatchObject({ replicas: 4 });
      expect(() => configOf({ replicas: 0 })).toThrow("replicas: must be a positive integer, got 0");
    },
  );
});

describe("groups", () => {
  const cell = { precision: 16, width: 8, depth: 1, batchSize: 64 } as const;
  const job = (trial: number, width = 8): Job => ({ ...cell, width, trial });

  it("a group holds neighbouring jobs of one cell", () => {
    const some = [job(0), job(2), job(3), job(0, 16), job(1, 16), job(5)];
    const label = ({ width }: Job) => String(width);
    const made = bundles(some, label, 2);
    expect(made.map((group) => [group[0]!.width, trialsOf(group)])).toEqual([
      [8, [0, 2]],
      [8, [3]],
      [16, [0, 1]],
      [8, [5]],
    ]);
    expect(made.flat()).toEqual(some);
    expect(bundles(some, label, 1)).toHaveLength(6);
  });

  it("the places of a group are halved as soon as its networks fit into half of them", () => {
    expect([7, 6, 5, 4, 3, 2, 1].map((n) => placesFor(n, 7))).toEqual([7, 7, 7, 4, 4, 2, 1]);
    expect([16, 9, 8, 5, 4, 1].map((n) => placesFor(n, 16))).toEqual([16, 16, 8, 8, 4, 1]);
    expect(placesFor(1, 1)).toBe(1);
  });
});

/** The promise of docs/numerics.md: at the presets' batch sizes a network in a group has the bits that it has alone. */
describe.each([16, 32, 64] as const)("gradients and zeros at %s bits", (precision) => {
  const engine = createEngine("onnx-cpu", { threads: 1 });
  afterAll(() => engine.dispose());
  const format = precisionOf(precision).format;
  const images = glyphs({ split: "train", count: 1024 });

  it.each(presets.paper.batchSizes!)("batches of %d give the same bits in a group as alone", async (batchSize) => {
    const cell = { precision, width: 32, depth: 2, batchSize };
    const programs = compileCell(engine, cell, 784, 10, { firstActivation: true });
    const own = [0, 1, 2].map((trial) => initialise(programs.network, format, stream(1, "replica", trial)));
    const batch = await (await latestPass(engine, images, batchSize).of(cell)).at(0);
    const shared = { ...batch, ...valuesAtKink(format, [0, 1]) };
    const together = await (await programs.sweeps(3, "multiply")).run({ ...shared, ...stackFeeds(own) });
    const alone = await programs.sweeps(1, "multiply");
    for (const [r, parameters] of own.entries()) {
      const expected = await alone.run({ ...shared, ...parameters });
      for (const [name, { data }] of Object.entries(expected)) {
        const part = together[name]!.data.subarray(r * data.length, (r + 1) * data.length);
        expect(
          data.findIndex((v, i) => !Object.is(v, part[i])),
          name,
        ).toBe(-1);
      }
    }
    await programs.dispose();
  });
});

describe("a group", () => {
  const cell = { precision: 16, width: 64, depth: 2, batchSize: 256 } as const;
  const settings = { dataset: "glyphs", seed: 1, pair: [0, 1] as [number, number], chainRule: "multiply" as const };
  const group = [0, 1, 2, 3, 4].map((trial): Job => ({ ...cell, trial }));
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

  it("a group shrinks as its networks are decided, and frees what it held", async () => {
    const programs = compileCell(engine, cell, 784, 10, { firstActivation: true });
    const dataset = glyphs({ split: "train", count: 5120 });
    const pass = await latestPass(engine, dataset, dataset.count).of(cell);
    const alone: BifurcationRow[] = [];
    for (const job of group) alone.push(...(await simulate([job], settings, programs, pass)));
    const places: number[] = [];
    const watched = {
      ...programs,
      screen(networks: number, batches: number) {
        places.push(networks);
        return programs.screen(networks, batches);
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

  it("a network whose sweeps count other zeros fails alone with the reason, and its group goes on", async () => {
    const programs = compileCell(engine, cell, 784, 10, { firstActivation: true });
    const dataset = glyphs({ split: "train", count: 5120 });
    const pass = await latestPass(engine, dataset, dataset.count).of(cell);
    await pass.at(0);
    const undisturbed = await simulate(group, { ...settings, replicas: 5 }, programs, pass);
    const hits = undisturbed.filter(({ firstHit }) => firstHit !== null);
    expect(hits.length).toBeGreaterThan(1);
    const place = hits.reduce((a, b) => (b.firstHit! < a.firstHit! ? b : a)).trial;
    const miscounting = {
      ...programs,
      async sweeps(networks: number, chainRule: ChainRule): Promise<Program> {
        const program = await programs.sweeps(networks, chainRule);
        return networks === 5 ? { ...program, runHolding: oneMoreZero(program, place) } : program;
      },
    };
    const before = held.brought - held.freed;
    const rows = await simulate(group, { ...settings, replicas: 5 }, miscounting, pass);
    expect(held.brought - held.freed).toBe(before);
    expect(rows.filter(({ trial }) => trial !== place)).toEqual(undisturbed.filter(({ trial }) => trial !== place));
    const job = { dataset: "glyphs", ...cell, trial: place };
    expect(rows[place]).toMatchObject({ ...job, outcome: "failed", batches: null, firstHit: null });
    expect(rows[place]!.reason).toMatch(
      /^screening: must count the same zeros as the sweeps \((\d+),\d+\), got \[\d+,\d+\]$/,
    );
    await programs.dispose();
  });
});
