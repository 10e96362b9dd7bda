/** Experiments that are defined outside the library. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { compareRuns, defineExperiment, planExperiment, rowsSchemaIn, runExperiment } from "../../src/experiments";
import { saveFigure } from "../../src/figures";
import { runInNotebook } from "../../src/notebook";
import { column, listRuns, openRun, query, readManifest, rowsOf } from "../../src/runs";
import { temporaryFolder } from "./support";

const given = { size: column.integer("numbers in a sum"), trial: column.integer("number of the run") };
const found = { zeros: column.integer("sums that are exactly 0"), share: column.number("of all sums") };

/** What was computed, job by job. */
const computed: string[] = [];

const sums = defineExperiment({
  name: "own-sums",
  title: "Are longer sums more often zero?",
  settings: { sizes: [2, 4], trials: 2, scale: 1.5, note: "", precisions: z.array(z.literal([16, 32])).default([32]) },
  presets: { smoke: { trials: 1 } },
  given,
  found,
  jobs: ({ sizes, trials }) => sizes.flatMap((size) => Array.from({ length: trials }, (_, trial) => ({ size, trial }))),
  run: async ({ size, trial }, { config: { scale } }) => {
    computed.push(`${size}/${trial}`);
    return { zeros: size + trial, share: scale / size };
  },
  summarize: (rows) => ({ zeros: rows.reduce((sum, { zeros }) => sum + zeros, 0) }),
});

describe("an experiment of one's own", () => {
  it("its rows, summary and manifest are kept, and its run is listed, read, queried and compared", async () => {
    const runs = temporaryFolder();
    const { rows, summary, manifest, runDirectory } = await runExperiment(sums, { runs, workers: 2 });
    expect(rows).toEqual([
      { size: 2, trial: 0, zeros: 2, share: 0.75 },
      { size: 2, trial: 1, zeros: 3, share: 0.75 },
      { size: 4, trial: 0, zeros: 4, share: 0.375 },
      { size: 4, trial: 1, zeros: 5, share: 0.375 },
    ]);
    expect(summary).toEqual({ zeros: 14 });
    expect(manifest).toMatchObject({ experiment: "own-sums", status: "done", environment: { workers: 0 } });
    expect(manifest.config).toEqual({ sizes: [2, 4], trials: 2, scale: 1.5, note: "", precisions: [32] });
    const other = await runExperiment(sums, { runs, set: { scale: 3 } });
    const list = listRuns(runs);
    expect(list.map(({ experiment, rows }) => ({ experiment, rows }))).toEqual(
      Array(2).fill({ experiment: "own-sums", rows: 4 }),
    );
    expect(rowsOf(list[0]!)).toHaveLength(4);
    const [sum] = await query("select sum(zeros) as zeros from 'own-sums'", { runs });
    expect(sum).toEqual({ zeros: 28 });
    const { rows: compared, columns } = compareRuns(runDirectory, other.runDirectory, { runs });
    expect(compared).toMatchObject({ inBoth: 4, equal: 0 });
    expect(columns.map(({ column }) => column)).toEqual(["share"]);
  });

  it("the manifest tells other processes what its rows are", async () => {
    const runs = temporaryFolder();
    const elsewhere = async (scale: number) => {
      const { manifest, rows } = await runExperiment(sums, { runs, set: { scale } });
      const { config, environment } = manifest;
      // no experiment of this name is known here
      const options = { experiment: "from-elsewhere", config, directory: runs, environment, rows: sums.rows };
      const store = openRun(options);
      for (const row of rows) store.append(row);
      await store.finish();
      return store.directory;
    };
    const [a, b] = [await elsewhere(1), await elsewhere(2)];
    const { rows, columns } = compareRuns(a, b, { runs });
    expect(rows).toMatchObject({ inBoth: 4, equal: 0 });
    expect(columns.map(({ column }) => column)).toEqual(["share"]);
    const [entry] = listRuns(runs);
    const { columns: recorded, keyColumns } = rowsSchemaIn(entry!)!;
    expect(keyColumns).toEqual(["size", "trial"]);
    expect(Object.values(recorded).map(({ meaning }) => meaning)).toEqual([
      "numbers in a sum",
      "number of the run",
      "sums that are exactly 0",
      "of all sums",
    ]);
  });

  it("a run that was interrupted goes on with the jobs that are left", async () => {
    const runs = temporaryFolder();
    computed.length = 0;
    const controller = new AbortController();
    const interrupted = runExperiment(sums, {
      runs,
      signal: controller.signal,
      progress: ({ done }) => done === 3 && controller.abort(),
    });
    await expect(interrupted).rejects.toThrow();
    expect(listRuns(runs)[0]).toMatchObject({ rows: 3 });
    const plan = await planExperiment(sums, { runs });
    expect(plan.runs).toMatchObject([{ runs: 4, done: 3 }]);
    const { rows } = await runExperiment(sums, { runs });
    expect(rows).toHaveLength(4);
    expect(computed).toEqual(["2/0", "2/1", "4/0", "4/1"]);
    await runExperiment(sums, { runs });
    expect(computed).toHaveLength(4);
  });

  it("a preset, settings and the engine have their usual rules", async () => {
    const runs = temporaryFolder();
    const { rows } = await runExperiment(sums, { runs, preset: "smoke", set: { sizes: [3] } });
    expect(rows).toHaveLength(1);
    const refused = (set: Record<string, unknown>) => runExperiment(sums, { runs, set });
    await expect(refused({ trials: "many" })).rejects.toThrow('trials: must be a finite number, got "many"');
    await expect(refused({ sizes: ["2"] })).rejects.toThrow('sizes.0: must be a finite number, got "2"');
    await expect(refused({ precisions: [24] })).rejects.toThrow("precisions.0: must be one of 16, 32, got 24");
    await expect(refused({ trial: 1 })).rejects.toThrow("did you mean trials?");
    await expect(runExperiment(sums, { runs, engine: "onnx-cpu" })).rejects.toThrow("keys must be among");
    process.env.NONSMOOTH_ENGINE = "onnx-cpu";
    const own = await runInNotebook(sums, { runs, set: { sizes: [3] } });
    delete process.env.NONSMOOTH_ENGINE;
    expect(own.rows).toHaveLength(2);
    const withEngine = defineExperiment({ ...base, settings: { engine: "auto" } });
    const { config, manifest } = await runExperiment(withEngine, { runs });
    expect(config.engine).not.toBe("auto");
    expect(manifest.environment).toMatchObject({ engine: config.engine, engineSettings: expect.any(Object) });
  });

  it("a changed definition is named where rows are older than it", async () => {
    const runs = temporaryFolder();
    const log: string[] = [];
    await runExperiment(defineExperiment(base), { runs });
    const changed = defineExperiment({ ...base, run: () => ({ zeros: 7 }) });
    const { rows } = await runExperiment(changed, { runs, log: (line) => log.push(line) });
    expect(rows).toEqual([{ trial: 0, zeros: 1 }]);
    expect(log).toEqual([
      expect.stringContaining("definition was changed since its first rows were made; fresh: true"),
    ]);
    const fresh = await runExperiment(changed, { runs, fresh: true });
    expect(fresh.rows).toEqual([{ trial: 0, zeros: 7 }]);
    log.length = 0;
    await runExperiment(changed, { runs, log: (line) => log.push(line) });
    expect(log).toEqual([]);
  });

  it("rows of two definitions are told apart by the manifest, and named each time", async () => {
    const runs = temporaryFolder();
    const two = { ...base, jobs: () => [{ trial: 0 }, { trial: 1 }] };
    const broken = defineExperiment({
      ...two,
      run({ trial }) {
        if (trial === 1) throw "text";
        return { zeros: 1 };
      },
    });
    await expect(runExperiment(broken, { runs })).rejects.toThrow('trial 1: its job broke off: "text"');
    const log: string[] = [];
    const again = () =>
      runExperiment(defineExperiment({ ...two, run: () => ({ zeros: 7 }) }), { runs, log: (line) => log.push(line) });
    await again();
    const { manifest, rows } = await again();
    expect(rows.map(({ zeros }) => zeros)).toEqual([1, 7]);
    expect(manifest.environment.earlierDefinitions).toEqual([{ rows: 1, definition: expect.any(String) }]);
    expect(log.filter((line) => line.includes("definition was changed"))).toHaveLength(2);
  });

  it("what a job changes in its cells, or in the configuration, is its own matter", async () => {
    const careless = defineExperiment({
      ...base,
      settings: { trials: 2, sizes: [1, 2] },
      jobs: ({ trials }) => Array.from({ length: trials }, (_, trial) => ({ trial })),
      run(job, { config }) {
        const { sizes } = config;
        (job as { trial: number }).trial = 99;
        (sizes as number[]).push(3);
        return { zeros: sizes.length };
      },
    });
    const { rows, config } = await runExperiment(careless, { runs: temporaryFolder() });
    expect(rows).toEqual([
      { trial: 0, zeros: 3 },
      { trial: 1, zeros: 3 },
    ]);
    expect(config.sizes).toEqual([1, 2]);
  });

  it("rows that no job asks for are set aside", async () => {
    const runs = temporaryFolder();
    const { runDirectory } = await runExperiment(defineExperiment(base), { runs });
    writeFileSync(join(runDirectory, "rows.jsonl"), '{"trial":0,"zeros":1}\n{"trial":5,"zeros":1}\n');
    const { rows } = await runExperiment(defineExperiment(base), { runs });
    expect(rows).toHaveLength(1);
    expect(readFileSync(join(runDirectory, "stray.jsonl"), "utf8")).toContain('"trial":5');
  });

  it("its figure is a function of the run", async () => {
    const runs = temporaryFolder();
    const run = await runExperiment(sums, { runs });
    const root = temporaryFolder();
    mkdirSync(join(root, "figures"));
    const { png } = await saveFigure(
      { name: "own-sums", title: "Zeros", alt: "Zeros grow.", data: [{ y: run.rows.map(({ zeros }) => zeros) }] },
      run,
      { root },
    );
    expect(readFileSync(png).length).toBeGreaterThan(1000);
    expect(readManifest(join(root, "data", "results", "own-sums"))?.experiment).toBe("own-sums");
    expect(readFileSync(join(root, "figures", "README.md"), "utf8")).toContain("![Zeros grow.](own-sums.png)");
  });
});

const base = {
  name: "own-base",
  title: "Nothing",
  settings: { trials: 1 },
  given: { trial: column.integer("number") },
  found: { zeros: column.integer("zeros") },
  jobs: () => [{ trial: 0 }],
  run: () => ({ zeros: 1 }),
};

// as programs without types write them
const define = defineExperiment as (definition: unknown) => typeof sums;

it.each([
  ["a name of the library", { name: "zeros" }, "must not be that of an experiment of the library"],
  ["no name", { name: "Own Zeros" }, "must be lower-case words joined by hyphens"],
  ["no title", { title: undefined }, "experiment own-base: title must be text"],
  ["no columns", { found: undefined }, "experiment own-base, found: must be an object of columns"],
  ["a column that is none", { found: { zeros: "integer" } }, 'found, zeros: must be a column, got "integer"'],
  ["a column twice", { found: base.given }, "a column must be given or found, not both"],
  ["no jobs", { jobs: [{ trial: 0 }] }, "jobs must be a function"],
  ["no run", { run: undefined }, "run must be a function"],
  ["no settings", { settings: undefined }, "settings must be an object of defaults"],
  ["a setting that is none", { settings: { at: () => 1 } }, "own-base, settings, at: must be a finite number, text"],
  ["a setting without a default", { settings: { at: z.number() } }, "own-base, settings, at: must have a default"],
  ["a preset that is none", { presets: { big: {} } }, "presets: must be among smoke, laptop, paper"],
])("%s is refused", (_, part, message) => {
  expect(() => define({ ...base, ...part })).toThrow(message);
});

it.each([
  ["no list of jobs", { jobs: () => ({ trial: 0 }) }, "own-base: jobs must give a list"],
  ["a job twice", { jobs: () => [{ trial: 0 }, { trial: 0 }] }, "job 1: must differ from the jobs before it"],
  ["a job without a column", { jobs: () => [{}] }, "job 0: must have the given columns, trial"],
  ["a job with a wrong cell", { jobs: () => [{ trial: "0" }] }, 'job 0: its trial must be a whole number, got "0"'],
  ["a result that is none", { run: () => 3 }, "own-base, trial 0: run must give an object of cells, got 3"],
  ["a wrong cell", { run: () => ({ zeros: 0.5 }) }, "own-base, trial 0: its zeros must be a whole number, got 0.5"],
  ["a column too many", { run: () => ({ zeros: 1, z: 2 }) }, 'trial 0: must have the found columns, zeros, got "z"'],
  [
    "a job that throws",
    {
      run: () => {
        throw new Error("no such layer");
      },
    },
    "own-base, trial 0: its job broke off: no such layer",
  ],
])("%s ends the run", async (_, part, message) => {
  const runs = temporaryFolder();
  await expect(runExperiment(define({ ...base, ...part }), { runs })).rejects.toThrow(message);
});

it("watch of an experiment without a figure asks for one", async () => {
  const watched = (watch: unknown) => runInNotebook(sums, { runs: temporaryFolder(), watch: watch as true });
  await expect(watched(true)).rejects.toThrow("watch: must be a function that draws a run");
  await expect(watched("zeros")).rejects.toThrow("watch: must be true, false or a function");
});
