/** Experiments on the engine `cuda`: many networks and many mini-batches in one graph give the rows of one after another. */
import { setImmediate } from "node:timers";
import { afterAll, describe, expect, it } from "vitest";
import { stackFeeds } from "../../src/autodiff";
import { createEngine, type Held } from "../../src/engines";
import {
  bifurcationFrequency,
  type GradientDifferenceRow,
  gradientDifference,
  planExperiment,
  type RunOptions,
  runExperiment,
} from "../../src/experiments";
import { simulate } from "../../src/experiments/gradient-difference/simulate";
import { blockAt } from "../../src/experiments/gradient-pairs/crowd";
import { drawNetworks } from "../../src/experiments/gradient-pairs/networks";
import { compileCell } from "../../src/experiments/gradient-pairs/programs";
import { formatNames } from "../../src/formats";
import { initialise, mlp } from "../../src/nn";
import { stream } from "../../src/util";
import { testedEngines } from "../helpers/engines";
import { CLASSES, FEATURES, jobsOf, passOnKinks, rowsByLoops, settings } from "./gradient-loops";
import { answered, temporaryFolder } from "./support";

const { title, formats } = testedEngines.find(({ id }) => id === "cuda")!;

describe.skipIf(formats.length === 0)(`experiments on ${title}`, () => {
  const engine = createEngine("cuda");
  afterAll(() => engine.dispose());

  const SMALL = {
    dataset: "glyphs",
    precisions: [16, "bf16", 32, 64],
    widths: [12],
    depths: [2],
    batchSizes: [32],
    sampleSizes: [640],
    runs: { 16: 9, bf16: 6, 32: 5, 64: 2 },
  };
  const run = (set: Readonly<Record<string, unknown>>) =>
    runExperiment(bifurcationFrequency, { runs: temporaryFolder(), workers: 0, set: { ...SMALL, ...set } });

  // the device in software adds in the order of the definition, so even its zeros are those of the definition
  it("the rows of bifurcation-frequency are those of the definition, however many networks and mini-batches a graph holds", async () => {
    const defined = await run({ engine: "reference" });
    const outcomes = new Set(defined.rows.map(({ outcome }) => outcome));
    expect([...outcomes].sort()).toEqual(["different", "same"]);
    for (const replicas of [2, 5, undefined]) {
      const { rows, config } = await run({ engine: "cuda", ...(replicas === undefined ? {} : { replicas }) });
      expect(rows, `${replicas} networks`).toEqual(defined.rows);
      expect((config as { replicas?: number }).replicas).toBe(replicas ?? 256);
    }
  });

  describe("gradient-difference", () => {
    const set = { ...{ dataset: "glyphs", width: 12, depth: 2, batchSize: 32, images: 640 }, runs: SMALL.runs };
    const run = (more: Readonly<Record<string, unknown>>, options: RunOptions = {}) =>
      runExperiment(gradientDifference, {
        ...{ runs: temporaryFolder(), workers: 0, ...options },
        set: { ...set, precisions: SMALL.precisions, ...more },
      });

    it("its rows are those of the definition, however many networks and mini-batches a graph holds", async () => {
      const defined = await run({ engine: "reference" });
      expect(answered(defined.rows).some(({ different }) => different > 0)).toBe(true);
      for (const replicas of [1, 5, undefined]) {
        const { rows, config } = await run({ engine: "cuda", ...(replicas === undefined ? {} : { replicas }) });
        expect(rows, `${replicas} networks`).toEqual(defined.rows);
        expect((config as { replicas?: number }).replicas).toBe(replicas ?? 256);
      }
    });

    it.each([16, "bf16", 32, 64] as const)("its rows at %s bits are those of plain loops", async (precision) => {
      const jobs = jobsOf(precision, 5);
      const pass = passOnKinks(jobs);
      const programs = compileCell(engine, { ...settings, precision }, FEATURES, CLASSES, settings);
      const rows = await simulate(jobs, { ...settings, replicas: 8 }, programs, pass);
      expect(rows).toEqual(await rowsByLoops(jobs, pass, engine));
      // exp and log are the device's own, and with them the last bits of gradients
      const whatIsCounted = ({ hits, withHit, where }: GradientDifferenceRow) => ({ hits, withHit, where });
      const defined = await rowsByLoops(jobs, pass);
      expect(rows.map(whatIsCounted)).toEqual(defined.map(whatIsCounted));
      expect(answered(rows).every(({ different }) => different > 1)).toBe(true);
      await programs.dispose();
    });

    it("a break in the middle of a bundle leaves no trace in the rows", async () => {
      const bundles = { engine: "cuda", precisions: ["bf16"], replicas: 3 };
      const whole = await run(bundles);
      const runs = temporaryFolder();
      const stop = new AbortController();
      const progress = ({ done }: { done: number }) =>
        void (done >= 3 && setImmediate(() => stop.abort(new Error("stop"))));
      await expect(run(bundles, { runs, progress, signal: stop.signal })).rejects.toThrow("stop");
      expect((await planExperiment(gradientDifference, { runs, set: { ...set, ...bundles } })).runs[0]!.done).toBe(3);
      expect((await run(bundles, { runs })).rows).toEqual(whole.rows);
    });
  });

  it.each(formatNames)("networks that are drawn on the device have the bits of the host's at %s", async (format) => {
    const network = mlp({ inputs: 7, hidden: [5, 3], classes: 3 });
    const streams = () => [1, 2, 3].map((trial) => stream(9, "initialisation", trial));
    const expected = stackFeeds(streams().map((own) => initialise(network, format, own)));
    const held = await drawNetworks(engine, network, format, streams());
    const read = await Promise.all(
      Object.entries<Held>(held).map(async ([name, x]) => [name, await x.read()] as const),
    );
    expect(Object.fromEntries(read)).toEqual(expected);
  });
});

describe("the blocks of a pass", () => {
  const blocks = (batches: number, most?: number) => {
    const sizes: number[] = [];
    for (let from = 0; from < batches; from += sizes.at(-1)!) sizes.push(blockAt(from, batches, most));
    return sizes;
  };

  it("a pass begins with few mini-batches at once, goes on with many, and ends where it ends", () => {
    expect(blocks(234, 64)).toEqual([1, 8, 64, 64, 64, 8, 8, 8, 8, 1]);
    expect(blocks(5, 64)).toEqual([1, 1, 1, 1, 1]);
    expect(blocks(3)).toEqual([1, 1, 1]);
  });
});
