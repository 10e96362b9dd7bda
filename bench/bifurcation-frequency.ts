/**
 * The main experiment, as a user runs it, beside the published protocol in PyTorch: Bertoin, Bolte, Gerchinovitz and Pauwels
 * (2021), section 3. And its forward passes beside the machine's own rate.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bifurcationFrequency as experiment, NonsmoothError, runExperiment } from "nonsmooth";
import { alternate } from "./alternate";
import { BATCH, FORWARD_FLOPS, WIDTHS, writeProblem } from "./problem";
import { NO_TORCH, runPeer, type Waiting } from "./python";
import { line } from "./statistics";
import type { Benchmark, Line, Setting } from "./types";
import { type GemmCase, gemmRates, LARGE } from "./yardstick";

export const bifurcationFrequency: Benchmark = {
  name: "bifurcation-frequency",
  summary: "the experiment against the published protocol in PyTorch and the machine's own rate",
  run,
};

/** A product of the first layer's shape, and one of the other hidden layers'. */
const CASES: readonly GemmCase[] = [LARGE, [BATCH, 784, 256], [BATCH, 256, 256]].map((shape) => ({
  format: "f32",
  shape: shape as unknown as GemmCase["shape"],
}));

async function run(setting: Setting): Promise<Line[]> {
  const { rounds, seconds, cores, python, data, folder, note } = setting;
  const problem = await writeProblem(folder, { data, note });
  const { images, labels, dataset } = problem;
  const measured = await alternate(
    rounds,
    {
      nonsmooth: () => runOurs(dataset, setting),
      published: python && (() => runPublished(setting, { images, labels, threads: cores }, "active")),
      "published, threads waiting passively":
        python && (() => runPublished(setting, { images, labels, threads: cores }, "passive")),
      "published, a process for each core": python && (() => runSpread(setting, { images, labels, threads: 1 })),
      "matrix products": () => gemmRates(CASES, { processes: cores, threads: 1, seconds: seconds / 2 }),
    },
    (text) => note(`bifurcation-frequency, ${text}`),
  );
  const { nonsmooth: ours, published, "matrix products": gemm } = measured;

  const network = WIDTHS.join("-");
  const msPerBatch = ours.map(({ msPerBatch }) => msPerBatch);
  const benchmark = experiment.name;
  const gigaflops = msPerBatch.map((ms) => FORWARD_FLOPS / ms / 1e6);
  const share = (against: string, theirs: number[], goal?: number): Line =>
    line({
      benchmark,
      what: "forward passes a second, as operations",
      against,
      unit: "GFLOP/s",
      goal,
      ours: gigaflops,
      theirs,
    });
  const beside = (against: string, theirs: readonly number[] | undefined, goal?: number): Line =>
    line({
      benchmark,
      what: `f32, ${network}, a mini-batch of ${BATCH} of ${dataset}`,
      against,
      unit: "ms",
      goal,
      ours: msPerBatch,
      theirs,
      missing: NO_TORCH,
    });
  return [
    beside(`published protocol, PyTorch as it comes, ${cores} threads`, published, 30),
    beside("the same, its threads waiting passively", measured["published, threads waiting passively"]),
    beside(`the same in ${cores} processes of one thread`, measured["published, a process for each core"]),
    line({
      benchmark,
      what: "an initialisation, to its first difference",
      unit: "ms",
      ours: ours.map((r) => r.msPerRun),
    }),
    line({
      benchmark,
      what: "start-up, to the first finished initialisation",
      unit: "ms",
      ours: ours.map((r) => r.msStart),
    }),
    share(
      `matrix products, ${LARGE.join("×")}`,
      gemm.map((rates) => rates[0]!),
      0.6,
    ),
    share(
      "matrix products, best of the network's shapes",
      gemm.map((rates) => Math.max(rates[1]!, rates[2]!)),
    ),
  ];
}

interface Rates {
  readonly msPerBatch: number;
  readonly msPerRun: number;
}

/**
 * Runs the experiment on all cores. The rates are of the time in which every worker is at work and has converted its images:
 * from some finished runs until there is no run left to hand out.
 */
async function runOurs(
  dataset: string,
  { seconds, cores, data, folder }: Setting,
): Promise<Rates & { msStart: number }> {
  const runs = mkdtempSync(join(folder, "runs-"));
  const first = 4 * cores;
  const last = first + cores * Math.ceil(16 * seconds);
  const marks = new Map<number, Mark>();
  const started = performance.now();
  const { rows } = await runExperiment(experiment, {
    set: { dataset, precisions: [32], runs: last + cores, seed: nextSeed++ },
    data,
    runs,
    workers: cores,
    progress({ done }) {
      if ([1, first, last].includes(done)) marks.set(done, { at: performance.now(), batches: batchesIn(runs) });
    },
  });
  const failed = rows.find((row) => row.outcome === "failed");
  if (failed) throw new NonsmoothError(experiment.name, "no run may fail", { got: failed.reason });
  const [one, from, to] = [1, first, last].map((done) => marks.get(done)!) as [Mark, Mark, Mark];
  return {
    msPerBatch: (to.at - from.at) / (to.batches - from.batches),
    msPerRun: (to.at - from.at) / (last - first),
    msStart: one.at - started,
  };
}

/** Every round looks at other initialisations. */
let nextSeed = 1;

interface Mark {
  readonly at: number;
  /** Mini-batches that the finished runs have looked at. */
  readonly batches: number;
}

/** Sums over the rows that are there by now. */
function batchesIn(runs: string): number {
  const path = readdirSync(runs, { recursive: true }).find((name) => String(name).endsWith("rows.jsonl"));
  const lines = readFileSync(join(runs, String(path)), "utf8")
    .trimEnd()
    .split("\n");
  return lines.reduce((sum, text) => sum + (JSON.parse(text) as { batches: number }).batches, 0);
}

interface Published {
  readonly batches: number;
  readonly seconds: number;
}

interface Files {
  readonly images: string;
  readonly labels: string;
  readonly threads: number;
}

/** One process of the protocol, as it was published; milliseconds for a mini-batch. */
async function runPublished({ python, seconds }: Setting, files: Files, waiting: Waiting): Promise<number> {
  const options = { ...files, seconds: 2 * seconds, batch: BATCH, seed: nextSeed++ };
  const { batches, seconds: taken } = await runPeer<Published>(python!, "published_protocol", options, waiting);
  return (taken * 1000) / batches;
}

/** A process of it for each core at the same time: what a careful user makes of it. */
async function runSpread(setting: Setting, files: Files): Promise<number> {
  const each = await Promise.all(Array.from({ length: setting.cores }, () => runPublished(setting, files, "passive")));
  return 1 / each.reduce((sum, ms) => sum + 1 / ms, 0);
}
