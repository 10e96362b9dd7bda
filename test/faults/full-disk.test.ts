/**
 * A campaign: the disk becomes full at every one of a command's writes. The command must end by itself with one clear line; what was there
 * before stays; nothing half done is left; and on a disk with room the same command ends with the bytes of an undisturbed one.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { compiledModule, projectRoot } from "../../src/util";
import { idx, tarGz } from "../data/files";
import { writeCells } from "../notebook/support";
import { contentsOf, type Disturbed, missing, runOn, timeless } from "./full-disk/disk";

/** Commands at a time. */
const AT_ONCE = 2;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** In the project, notebooks can import the package by its name. */
function emptyFolder(inProject = false): string {
  const parent = inProject ? join(projectRoot, ".jupyter") : tmpdir();
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "full-disk-"));
  folders.push(folder);
  return folder;
}

interface Campaign {
  readonly title: string;
  /** How many of its writes are tried, spread over all of them. */
  readonly tries: number;
  readonly words: (root: string) => readonly string[];
  /** Makes what is there before. */
  readonly prepare?: (root: string) => void | Promise<void>;
  readonly inProject?: boolean;
}

const cli = (...words: string[]): string[] => [compiledModule("cli/main"), ...words];

const settings = (...words: string[]): string[] =>
  ["dataset=glyphs", ...words].flatMap((setting) => ["--set", setting]);

const bifurcation = (trials: number): string[] =>
  settings("widths=32", "precisions=16,32", "depths=2", "batchSizes=64", "sampleSizes=1280", `runs=${trials}`);

/** A program that runs an experiment, with a checkpoint as often as possible. */
const experiment = (name: string, set: object, shard?: object): string[] => [
  "-e",
  `const { experiment, runExperiment } = require(${JSON.stringify(compiledModule("index"))});
  runExperiment(experiment("${name}"), { runs: "runs", workers: 2, checkpointSeconds: 0, ...${JSON.stringify({ set, shard })} })
    .catch((error) => { console.error(error.message); process.exitCode = 1; });`,
];

const done = async (root: string, words: readonly string[]): Promise<void> => {
  const { code, err } = await runOn(root, words);
  expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
};

/** A finished run of another configuration, and files with the names of results. */
const earlierRun = (root: string) =>
  done(root, cli("run", "bifurcation-frequency", ...bifurcation(1), "--runs", "runs"));

const exported = (format: string): Campaign => ({
  title: `runs export, .${format}`,
  tries: 40,
  prepare: async (root) => {
    await earlierRun(root);
    writeFileSync(join(root, `rows.${format}`), "an earlier file");
  },
  words: () =>
    cli("runs", "export", `rows.${format}`, "--sql", 'select * from "bifurcation-frequency"', "--runs", "runs"),
});

const small = { dataset: "glyphs", images: 256, testImages: 128, precisions: [16, 32], epochs: 1, batchSize: 64 };

const weighty = { ...small, precisions: [32], widths: [16], saveWeights: true, runs: 2 };

const shard = (index: number): string[] =>
  cli("run", "bifurcation-frequency", ...bifurcation(3), "--runs", "runs", "--workers", "0", "--shard", `${index}/3`);

const campaigns: readonly Campaign[] = [
  {
    title: "run bifurcation-frequency",
    tries: 10,
    prepare: earlierRun,
    words: () => cli("run", "bifurcation-frequency", ...bifurcation(3), "--runs", "runs", "--workers", "2"),
  },
  {
    title: "training with checkpoints",
    tries: 8,
    words: () => experiment("training", { ...small, widths: [32], runs: 1 }),
  },
  {
    title: "zeros with checkpoints, in workers",
    tries: 8,
    words: () => experiment("zeros", { ...small, depths: [2], widths: [16], runs: 2 }),
  },
  {
    title: "the last shard, which puts the run together",
    tries: 12,
    prepare: async (root) => {
      for (const index of [1, 2]) await done(root, shard(index));
    },
    words: () => shard(3),
  },
  {
    title: "the last shard of trainings with weights and checkpoints",
    tries: 10,
    prepare: (root) => done(root, experiment("training", weighty, { index: 1, count: 2 })),
    words: () => experiment("training", weighty, { index: 2, count: 2 }),
  },
  exported("csv"),
  exported("parquet"),
  exported("arrow"),
  {
    title: "figure",
    tries: 8,
    prepare: async (root) => {
      await earlierRun(root);
      mkdirSync(join(root, "out"));
      for (const kind of ["svg", "csv"]) writeFileSync(join(root, "out", `bifurcation-frequency.${kind}`), "earlier");
    },
    words: () => cli("figure", "bifurcation-frequency", ...bifurcation(1), "--runs", "runs", "--out", "out"),
  },
  {
    title: "a notebook that runs an experiment",
    tries: 6,
    inProject: true,
    prepare: (root) => {
      const cell = `import { experiment, runExperiment } from "nonsmooth";
      const set = { dataset: "glyphs", widths: [16], precisions: [32], depths: [2], batchSizes: [64], sampleSizes: [640], runs: 1 };
      const { rows } = await runExperiment(experiment("bifurcation-frequency"), { runs: "runs", workers: 0, set });
      console.log(rows.length);`;
      writeCells(root, [cell]);
    },
    words: () => cli("notebooks", "notebook.ipynb", "--out", "out"),
  },
  {
    title: "data fetch mnist --from a folder",
    tries: 12,
    prepare: (root) => {
      const sizes = {
        "train-images-idx3": [60_000, 28, 28],
        "train-labels-idx1": [60_000],
        "t10k-images-idx3": [10_000, 28, 28],
        "t10k-labels-idx1": [10_000],
      };
      mkdirSync(join(root, "from"));
      for (const [name, dimensions] of Object.entries(sizes)) {
        const content = idx(dimensions, new Uint8Array(dimensions.reduce((a, b) => a * b)));
        writeFileSync(join(root, "from", `${name}-ubyte.gz`), gzipSync(content, { level: 1 }));
      }
      mkdirSync(join(root, "data", "mnist"), { recursive: true });
      writeFileSync(join(root, "data", "mnist", "t10k-labels-idx1-ubyte.gz"), "a broken one, which is fetched again");
    },
    words: () => cli("data", "fetch", "mnist", "--from", "from", "--data", "data"),
  },
  {
    title: "data fetch cifar10 --from an archive",
    tries: 4,
    prepare: async (root) => {
      const names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
      const file = new Uint8Array(10_000 * 3073);
      writeFileSync(
        join(root, "cifar.tar.gz"),
        await tarGz(Object.fromEntries(names.map((name) => [`a/${name}.bin`, file]))),
      );
    },
    words: () => cli("data", "fetch", "cifar10", "--from", "cifar.tar.gz", "--data", "data"),
  },
];

/** What must be 0 in the end. */
const bad = {
  "rows lost": 0,
  "rows twice": 0,
  hangs: 0,
  orphans: 0,
  "stack traces": 0,
  "unclear errors": 0,
  "harmed files": 0,
  "half files": 0,
};
let commands = 0;
afterAll(() => {
  const counts = Object.entries(bad).map(([what, count]) => `${what} ${count}`);
  process.stderr.write(`full disk: ${commands} commands met it; ${counts.join(", ")}\n`);
});

/** Counts, and says which case it was. */
function count(what: keyof typeof bad, many: number, seen: string[], detail: string): void {
  bad[what] += many;
  if (many > 0) seen.push(`${what}: ${many}: ${detail}`);
}

const CLEAR = /^(.*: the disk (is full;|must have room for it, got "no space left")|Error: .*the disk)/m;
const HALF = /\.tmp$|\.part$|(^|\/)lock\.|(^|\/)\.fetch-|^tmp\//;

/** The rows of every run, each with the run's path. */
const rowsIn = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([path, text]) =>
    path.endsWith("rows.jsonl")
      ? text
          .split("\n")
          .slice(0, -1)
          .map((row) => `${path}: ${row}`)
      : [],
  );

/** Where a file of a shard is once its run is put together. */
const inRun = (path: string): string => path.replace(/shards\/\d+-of-\d+\//, "");

/** What a command left that met the full disk. */
function examine(
  { err, code, hangs, orphans, calls }: Disturbed,
  left: ReadonlyMap<string, string>,
  {
    before,
    expected,
    root,
  }: { before: ReadonlyMap<string, string>; expected: ReadonlyMap<string, string>; root: string },
): string[] {
  const seen: string[] = [];
  count("hangs", Number(hangs), seen, err);
  count("orphans", orphans, seen, err);
  count("stack traces", /^\s+at .*[:(]\d+/m.test(err) ? 1 : 0, seen, err);
  count("unclear errors", code !== 0 && CLEAR.test(err) ? 0 : 1, seen, `${code} after ${calls} calls: ${err}`);
  for (const path of before.keys()) {
    const now = left.get(path) ?? left.get(inRun(path));
    const isWhole = now === before.get(path) || (now !== undefined && timeless(now, root) === expected.get(path));
    count("harmed files", isWhole ? 0 : 1, seen, path);
  }
  const known = new Set([...before.keys(), ...expected.keys()]);
  for (const [path, content] of left) {
    const isRunning = /(rows\.jsonl|manifest\.json|\.safetensors)$/.test(path) || /(^|\/)\.whole-/.test(path);
    const place = expected.has(path) ? path : inRun(path);
    const isWhole = isRunning || before.get(path) === content || expected.get(place) === timeless(content, root);
    const isKnown = known.has(path) || known.has(place) || isRunning;
    count("half files", HALF.test(path) || !isWhole || !isKnown ? 1 : 0, seen, path);
  }
  return seen;
}

/** The calls after which the disk is full: all of them, or some spread over them. */
const spread = (calls: number, tries: number): number[] => {
  const many = Math.min(calls, tries);
  return Array.from({ length: many }, (_, i) => Math.floor((i * calls) / many));
};

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

const without = missing === undefined ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined).each(campaigns)(`a full disk${without}: $title`, (campaign) => {
  const { tries, words, inProject, prepare = () => {} } = campaign;

  it("at each write: a clear end, nothing harmed, nothing half done, and afterwards the bytes of an undisturbed command", async () => {
    const start = emptyFolder(inProject);
    await prepare(start);
    rmSync(join(start, "tmp"), { recursive: true, force: true });
    const copy = () => {
      const root = emptyFolder(inProject);
      cpSync(start, root, { recursive: true });
      return root;
    };
    const timelessOf = (root: string) =>
      new Map([...contentsOf(root)].map(([path, content]) => [path, timeless(content, root)]));
    const before = contentsOf(start);

    const plain = copy();
    const { calls, code, err } = await runOn(plain, words(plain));
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect(calls).toBeGreaterThan(1);
    const expected = timelessOf(plain);

    const halves = copy();
    expect((await runOn(halves, words(halves), { short: true })).code).toBe(0);
    expect(timelessOf(halves)).toEqual(expected);

    const seen: string[] = [];
    await inParallel(spread(calls, tries), async (after) => {
      const root = copy();
      const disturbed = await runOn(root, words(root), { after });
      // a command with workers needs a call less at times
      if (disturbed.calls > after) {
        commands++;
        seen.push(
          ...examine(disturbed, contentsOf(root), { before, expected, root }).map((text) => `${after}: ${text}`),
        );
      }
      const again = await runOn(root, words(root));
      const [rows, all] = [rowsIn(contentsOf(root)), rowsIn(contentsOf(plain))];
      count("rows lost", all.filter((row) => !rows.includes(row)).length, seen, `${after}`);
      count("rows twice", rows.length - new Set(rows).size, seen, `${after}`);
      expect([again.code, again.code === 0 ? "" : again.err], `after ${after}`).toEqual([0, ""]);
      expect(timelessOf(root), `after ${after}`).toEqual(expected);
      rmSync(root, { recursive: true, force: true });
    });
    expect(seen).toEqual([]);
  }, 300_000);
});
