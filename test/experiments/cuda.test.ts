/** Experiments on the engine `cuda`: many networks and many mini-batches in one graph give the rows of one after another. */
import { afterAll, describe, expect, it } from "vitest";
import { stackFeeds } from "../../src/autodiff";
import { createEngine, type Held } from "../../src/engines";
import { bifurcationFrequency, gradientDifference, runExperiment } from "../../src/experiments";
import { blockAt } from "../../src/experiments/gradient-pairs/crowd";
import { drawNetworks } from "../../src/experiments/gradient-pairs/networks";
import { formatNames } from "../../src/formats";
import { initialise, mlp } from "../../src/nn";
import { stream } from "../../src/util";
import { testedEngines } from "../helpers/engines";
import { temporaryFolder } from "./support";

const { title, formats } = testedEngines.find(({ id }) => id === "cuda")!;

describe.skipIf(formats.length === 0)(`experiments on ${title}`, () => {
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

  it("the rows of gradient-difference are those of the definition", async () => {
    const set = { dataset: "glyphs", precisions: [16, 32], width: 12, depth: 2, batchSize: 32, images: 320, runs: 3 };
    const of = (engine: string) =>
      runExperiment(gradientDifference, { runs: temporaryFolder(), workers: 0, set: { ...set, engine } });
    expect((await of("cuda")).rows).toEqual((await of("reference")).rows);
  });

  const engine = createEngine("cuda");
  afterAll(() => engine.dispose());

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
