/** A run in shards ends with the bytes of the run that was never divided. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Experiment, experiment, experiments, planExperiment, runExperiment } from "../../src/experiments";
import { divide, shareOf } from "../../src/experiments/share";
import { listRuns, readRunRows } from "../../src/runs";
import { sumOf } from "../../src/util";
import { temporaryFolder } from "../runs/folder";
import { only } from "../runs/toy";
import { doublesExperiment } from "./doubles";
import { smallConfigs } from "./small";

const bytes = (folder: string) =>
  ["rows.jsonl", "rows.parquet"].map((file) => readFileSync(join(folder, file), "base64"));

describe.each(experiments.map(({ name }) => name))("%s", (name) => {
  const chosen = experiment(name);
  const options = { preset: "smoke", workers: 0, set: smallConfigs[name]! };

  it("gives the rows of the undivided run, whatever the order of its shards", async () => {
    const whole = await runExperiment(chosen, { ...options, runs: temporaryFolder() });
    const runs = temporaryFolder();
    const count = 3;
    for (const index of [2, 3, 1]) {
      const before = readRunRows(join(runs, name, whole.manifest.hash.slice(0, 12))).length;
      const part = await runExperiment(chosen, { ...options, runs, shard: { index, count } });
      const [entry] = listRuns(runs);
      expect(entry?.status).toBe(index === 1 ? "done" : "interrupted");
      expect(entry?.rows).toBe(index === 1 ? whole.rows.length : before + part.rows.length);
    }
    const { runDirectory, manifest } = await runExperiment(chosen, { ...options, runs });
    expect(bytes(runDirectory)).toEqual(bytes(whole.runDirectory));
    expect(manifest.summary).toEqual(whole.manifest.summary);
    expect(existsSync(join(runDirectory, "shards"))).toBe(false);
    expect(manifest.environment.shards).toHaveLength(count);
  });

  it("has each unit in one shard, and plans them so", async () => {
    const { config, runs: all } = await planExperiment(chosen, { ...options, runs: temporaryFolder() });
    const context = { log: () => {} };
    const units = await chosen.units(config, context);
    const count = 4;
    const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
    const shares = await Promise.all(shards.map((shard) => shareOf(chosen as Experiment, config, shard, context)));
    expect(shares.flatMap((share) => [...share!]).sort()).toEqual(units.map(({ key }) => key).sort());
    const plans = await Promise.all(
      shards.map((shard) => planExperiment(chosen, { ...options, runs: temporaryFolder(), shard })),
    );
    expect(sumOf(plans, ({ runs }) => sumOf(runs, (one) => one.runs))).toBe(sumOf(all, (one) => one.runs));
    const flop = sumOf(plans, ({ runs }) => sumOf(runs, (one) => one.flop));
    expect(flop / sumOf(all, (one) => one.flop)).toBeCloseTo(1, 12);
  });
});

it("an experiment from outside the library is divided, too", async () => {
  const doubles = doublesExperiment("doubles-in-shards", 5);
  const [runs, other] = [temporaryFolder(), temporaryFolder()];
  const counts: number[] = [];
  for (const index of [1, 2])
    counts.push((await runExperiment(doubles, { runs, shard: { index, count: 2 } })).rows.length);
  // the second one has put the run together
  expect(counts).toEqual([3, 5]);
  const [a, b] = [await runExperiment(doubles, { runs }), await runExperiment(doubles, { runs: other })];
  expect(bytes(a.runDirectory)).toEqual(bytes(b.runDirectory));
});

describe("trainings that keep their weights", () => {
  const set = { ...smallConfigs.training, saveWeights: true };
  const options = (runs: string, index: number, count: number) => ({
    ...{ preset: "smoke", workers: 0, set, runs, checkpointSeconds: 0 },
    shard: { index, count },
  });
  const training = experiment("training");
  const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

  it("are not trained again by another division", async () => {
    const runs = temporaryFolder();
    const first = await runExperiment(training, options(runs, 1, 2));
    const trained = filesIn(join(first.runDirectory, "weights"));
    expect(trained).toHaveLength(4);
    for (const index of [1, 2, 3]) {
      const { runDirectory, manifest } = await runExperiment(training, options(runs, index, 3));
      const weights = filesIn(join(runDirectory, "weights"));
      if (manifest.shard) expect(weights.filter((file) => trained.includes(file))).toEqual([]);
      else expect(weights).toHaveLength(8);
    }
    expect(listRuns(runs)).toMatchObject([{ status: "done", rows: 8 }]);
  });

  it("leave no checkpoint of a division that was given up", async () => {
    const runs = temporaryFolder();
    const stop = new AbortController();
    const stopped = runExperiment(training, {
      ...options(runs, 1, 3),
      signal: stop.signal,
      progress: ({ done }) => done > 1 && stop.abort(new Error("stopped")),
    });
    await expect(stopped).rejects.toThrow("stopped");
    const folder = only(runs).directory;
    expect(filesIn(join(folder, "shards", "1-of-3", "checkpoints"))).toHaveLength(1);
    for (const index of [1, 2]) await runExperiment(training, options(runs, index, 2));
    expect(listRuns(runs)).toMatchObject([{ status: "done", rows: 8 }]);
    expect(filesIn(folder)).toEqual(["manifest.json", "rows.jsonl", "rows.parquet", "weights"]);
  });

  it("go on where the putting together was interrupted", async () => {
    const runs = temporaryFolder();
    const { runDirectory } = await runExperiment(training, options(runs, 1, 2));
    // as if the undivided run had been killed once it had taken in the shard
    cpSync(join(runDirectory, "rows.jsonl"), join(only(runs).directory, "rows.jsonl"));
    cpSync(join(runDirectory, "weights"), join(only(runs).directory, "weights"), { recursive: true });
    rmSync(join(runDirectory, "weights"), { recursive: true });
    expect((await runExperiment(training, options(runs, 1, 2))).rows).toHaveLength(4);
    expect(filesIn(join(runDirectory, "weights"))).toEqual([]);
    expect((await runExperiment(training, options(runs, 2, 2))).rows).toHaveLength(8);
    expect(filesIn(join(only(runs).directory, "weights"))).toHaveLength(8);
  });
});

describe("the division", () => {
  const units = (costs: readonly number[]) => costs.map((cost, i) => ({ key: String(i), cost }));

  it("gives units of one cost out in turn", () => {
    expect(divide(units([1, 1, 1, 1, 1]), 2)).toEqual([
      ["0", "2", "4"],
      ["1", "3"],
    ]);
  });

  it("puts at most the cost of one unit between two shards", () => {
    const costs = Array.from({ length: 500 }, (_, i) => 1 + ((i * 7919) % 101));
    const byKey = new Map(units(costs).map(({ key, cost }) => [key, cost]));
    const sums = divide(units(costs), 7).map((keys) => sumOf(keys, (key) => byKey.get(key)!));
    expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(Math.max(...costs));
    expect(sumOf(sums, (x) => x)).toBe(sumOf(costs, (x) => x));
  });

  it("leaves shards empty where there are more of them than units", () => {
    expect(divide(units([3, 2]), 4)).toEqual([["0"], ["1"], [], []]);
  });

  it("gives units that cost nothing to all shards", () => {
    expect(divide(units([0, 0, 0, 0]), 2)).toEqual([
      ["0", "2"],
      ["1", "3"],
    ]);
  });
});
