import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { colourGlyphs } from "../../src/data";
import { createEngine, referenceEngine } from "../../src/engines";
import {
  bifurcationFrequencyNetworks,
  type NetworksConfig,
  type NetworksRow,
  type RunOptions,
  reluFamily,
  runExperiment,
} from "../../src/experiments";
import { type ComparedCell, networkOf } from "../../src/experiments/bifurcation-frequency-networks/cells";
import { cellGraph, kinkFeeds } from "../../src/experiments/bifurcation-frequency-networks/programs";
import { rows as schema } from "../../src/experiments/bifurcation-frequency-networks/rows";
import { simulate } from "../../src/experiments/bifurcation-frequency-networks/simulate";
import { tally } from "../../src/experiments/bifurcation-frequency-networks/tally";
import { compileCell } from "../../src/experiments/bifurcation-frequency-networks/worker";
import { countForced } from "../../src/experiments/common/forced-zeros";
import { makeConfig } from "../../src/experiments/config";
import { graph, input, tensor } from "../../src/ir";
import { initialise } from "../../src/nn";
import { ops } from "../../src/ops";
import { stream, wilson } from "../../src/util";
import { temporaryFolder } from "./support";

const SMALL = {
  dataset: "colour-glyphs",
  images: 32,
  networks: ["resnet18"],
  widths: { resnet18: [2, 2, 2, 2] },
  precisions: [16],
  runs: 2,
  batches: 2,
  batchSize: 8,
};

const WIDTHS = { vgg11: [2, 2, 4, 4, 4], resnet18: [2, 2, 2, 2], mlp: [8, 8] };

const run = (set: Readonly<Record<string, unknown>>, options: RunOptions = {}) =>
  runExperiment(bifurcationFrequencyNetworks, {
    runs: temporaryFolder(),
    workers: 0,
    ...options,
    set: { ...SMALL, ...set },
  });

const configOf = (set: Readonly<Record<string, unknown>>) =>
  makeConfig(bifurcationFrequencyNetworks, { set }) as NetworksConfig;

describe("zeros that no precision avoids", () => {
  const engine = referenceEngine();
  const size = 5;
  const data = Float64Array.from({ length: size * size * 2 }, (_, i) => (i < 20 ? -1 : Math.sin(i * i) - 0.6));
  const x = input("x", "f64", [1, size, size, 2]);
  const w = input("w", "f64", [3, 3, 3, 2]);
  const weights = tensor(
    "f64",
    Float64Array.from({ length: 54 }, (_, i) => Math.cos(i)),
    [3, 3, 3, 2],
  );
  const count = async (node: ReturnType<typeof ops.relu>) => {
    const program = await engine.compile(graph({ n: countForced(node)! }, "forced"));
    const feeds = { x: tensor("f64", data, [1, size, size, 2]), w: weights };
    const asked = Object.entries(feeds).filter(([name]) => program.graph.inputs.has(name));
    return (await program.run(Object.fromEntries(asked))).n!.data[0];
  };
  const dark = (row: number, column: number) =>
    [0, 1].every((channel) => !(data[(row * size + column) * 2 + channel]! > 0));

  it("zeros that no precision avoids are the windows in which every activation is zero", async () => {
    let windows = 0;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const inside = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [row + i, column + j] as const));
        if (inside.every(([r, c]) => r < 0 || c < 0 || r >= size || c >= size || dark(r, c))) windows++;
      }
    }
    expect(windows).toBeGreaterThan(0);
    expect(await count(ops.conv2d(ops.relu(x), w, { stride: 1, padding: 1 }))).toBe(3 * windows);
  });

  it("a sum has a zero that no precision avoids where both of its terms have one", async () => {
    const pointwise = ops.conv2d(ops.relu(x), input("v", "f64", [2, 1, 1, 2]), { stride: 1, padding: 0 });
    const pixels = Array.from({ length: size * size }, (_, i) => dark(Math.floor(i / size), i % size));
    expect(await count(ops.add(pointwise, ops.relu(x)))).toBe(2 * pixels.filter(Boolean).length);
  });

  it("a maximum of 0 beside negative numbers is not forced", async () => {
    const [leaky, pooled] = [ops.leakyRelu(x, 0.5), { kernel: 2, stride: 2 }];
    const whole = [0, 2, 4]
      .flatMap((r) => [0, 2, 4].map((c) => [r, c] as const))
      .filter(([r, c]) => r + 1 < size && c + 1 < size);
    const zeroWindows = whole.flatMap(([r, c]) =>
      [0, 1].filter((channel) =>
        [0, 1].every((i) => [0, 1].every((j) => data[((r + i) * size + c + j) * 2 + channel] === 0)),
      ),
    );
    expect(await count(ops.maxPool(leaky, pooled))).toBe(zeroWindows.length);
  });

  it("no zero is forced after a bias or in the first layer", () => {
    const bias = input("b", "f64", [3]);
    expect(countForced(ops.conv2d(ops.relu(x), w, { stride: 1, padding: 1, bias }))).toBeUndefined();
    expect(countForced(ops.conv2d(x, w, { stride: 1, padding: 1 }))).toBeUndefined();
  });
});

describe("one mini-batch", () => {
  const shape = { inputShape: [1, 1, 2] as const, classes: 2 };
  /** A perceptron 2-1-2 whose hidden pre-activation is the bias. */
  async function observe(
    activation: "relu" | "leakyRelu" | "relu6",
    pairs: Record<string, [number, number]>,
    bias: number,
  ) {
    const config = configOf({ networks: ["mlp"], widths: { mlp: [1] }, batchSize: 2 });
    const cell = { network: "mlp", batchNorm: false, activation, precision: 64, pairs } as const;
    const built = cellGraph(config, cell, shape);
    const program = await referenceEngine().compile(built.sweeps);
    const results = await program.run({
      x: tensor("f64", [1, 2, 3, 4], [2, 1, 1, 2]),
      labels: tensor("i32", [0, 1]),
      "fc1.weight": tensor("f64", [0, 0], [1, 2]),
      "fc1.bias": tensor("f64", [bias]),
      "fc2.weight": tensor("f64", [0.5, -0.25], [2, 1]),
      "fc2.bias": tensor("f64", [0.125, 0]),
      ...kinkFeeds(built.sweeps, pairs),
    });
    return built.observe(results);
  }

  it("each kink of ReLU6 is hit exactly at that kink and nowhere else", async () => {
    const [zero, six] = [{ "relu6.zero": [0, 1] }, { "relu6.six": [0, 1] }] as Record<string, [number, number]>[];
    expect(await observe("relu6", zero!, 0)).toMatchObject({ hits: [2], anyParameter: true, firstLayer: true });
    expect(await observe("relu6", six!, 0)).toMatchObject({ hits: [0], anyParameter: false, firstLayer: false });
    expect(await observe("relu6", zero!, 6)).toMatchObject({ hits: [0], anyParameter: false, firstLayer: false });
    expect(await observe("relu6", six!, 6)).toMatchObject({ hits: [2], anyParameter: true, firstLayer: true });
    expect(await observe("relu6", { ...zero!, ...six! }, 6)).toMatchObject({ hits: [0, 2], anyParameter: true });
    expect(await observe("relu6", { ...zero!, ...six! }, 3)).toMatchObject({ hits: [0, 0], anyParameter: false });
  });

  it("the difference measured at LeakyReLU's kink is that of its two slopes", async () => {
    const seen = await observe("leakyRelu", { "leakyRelu.zero": [0.25, 1] }, -0);
    expect(seen).toMatchObject({ hits: [2], firstLayer: true, notANumber: false });
    expect(seen.relativeL2FirstLayer).toBeCloseTo(3, 12);
  });

  it("a mini-batch with a NaN counts neither as a hit nor as different", async () => {
    expect(await observe("relu", { "relu.zero": [0, 1] }, Number.NaN)).toMatchObject({
      hits: [0],
      notANumber: true,
      anyParameter: false,
      firstLayer: false,
    });
  });
});

describe("screening", () => {
  const config = configOf({
    ...SMALL,
    networks: ["vgg11", "resnet18", "mlp"],
    widths: WIDTHS,
    batches: 4,
    preprocessing: "colour-glyphs",
  });
  const shape = { inputShape: [32, 32, 3] as const, classes: 10 };
  const images = colourGlyphs({ split: "train", count: 32 });
  const engine = createEngine("onnx-cpu", { threads: 1 });
  afterAll(() => engine.dispose());

  /** The rows of two initialisations, and how often the sweeps ran. */
  async function rowsOf(set: Partial<ComparedCell>, screening: boolean) {
    const pairs = { "relu.zero": [0, 1] as [number, number] };
    const cell = { activation: "relu", kinks: "relu.zero 0 | 1", pairs, network: "vgg11", ...set } as ComparedCell;
    const compiled = await compileCell(engine, cellGraph(config, cell, shape));
    const run = vi.spyOn(compiled.sweeps, "run");
    const rows: NetworksRow[] = [];
    for (const trial of [0, 1]) {
      rows.push(await simulate({ ...cell, trial }, config, compiled, images, { screening }));
    }
    await compiled.dispose();
    return { rows, swept: run.mock.calls.length };
  }

  const layers = [
    { network: "vgg11", batchNorm: false },
    { network: "resnet18", batchNorm: false },
    { network: "resnet18", batchNorm: true },
    { network: "mlp", batchNorm: false },
  ];
  it.each(layers.flatMap((cell) => ([16, "bf16", 32, 64] as const).map((precision) => ({ ...cell, precision }))))(
    "$network, batch-norm $batchNorm, at $precision: the same rows as running the sweeps always",
    async (cell) => {
      const [screened, always] = [await rowsOf(cell, true), await rowsOf(cell, false)];
      expect(screened.rows).toEqual(always.rows);
      expect(always.swept).toBe(8);
      const withZero = screened.rows.reduce((sum, { withHit }) => sum + withHit!, 0);
      expect(screened.swept).toBeGreaterThanOrEqual(withZero);
      if (withZero === 0) expect(screened.swept).toBe(0);
    },
  );
});

describe("a run", () => {
  it("a control has hits but no differences", async () => {
    const { rows, summary } = await run({ comparisons: [{ activation: "relu", kinks: { "relu.zero": [0, 0] } }] });
    expect(rows).toHaveLength(4);
    expect(summary.cells.every(({ withHit, different }) => withHit > 0 && different === 0)).toBe(true);
  });

  it("at 64 bits only a trunk without batch-norm has zeros, all forced, and they change no gradient", async () => {
    const { summary } = await run({ precisions: [64], runs: 3 });
    const [plain, normalised] = summary.cells;
    expect(plain).toMatchObject({ batchNorm: false, forcedShare: 1, withRoundedHit: 0, different: 0 });
    expect(plain!.withHit).toBeGreaterThan(0);
    expect(normalised).toMatchObject({ batchNorm: true, withHit: 0, forcedShare: null });
  });

  it("a run that was stopped and resumed has the bytes of an undisturbed run", async () => {
    const [whole, broken] = [temporaryFolder(), temporaryFolder()];
    const { runDirectory } = await run({}, { runs: whole });
    const stop = new AbortController();
    const progress = ({ done }: { done: number }) => done === 2 && stop.abort(new Error("stop"));
    await expect(run({}, { runs: broken, signal: stop.signal, progress })).rejects.toThrow("stop");
    const again = await run({}, { runs: broken });
    const bytes = (folder: string) => readFileSync(join(folder, "rows.jsonl"), "utf8");
    expect(bytes(again.runDirectory)).toBe(bytes(runDirectory));
  });

  it("initialisation reset keeps weights within 1/√fan-in, and initialisation own does not", () => {
    const cell = { network: "resnet18", batchNorm: false, activation: "relu" } as const;
    const shape = { inputShape: [32, 32, 3] as const, classes: 10 };
    const largest = (initialisation: string) => {
      const layer = networkOf(configOf({ initialisation, widths: SMALL.widths }), cell, shape);
      const { "conv1.weight": w } = initialise(layer, "f64", stream(1, "test"));
      return Math.max(...Array.from(w!.data, Math.abs));
    };
    expect(largest("reset")).toBeLessThanOrEqual(1 / Math.sqrt(27));
    expect(largest("own")).toBeGreaterThan(1 / Math.sqrt(27));
  });
});

describe("bad input", () => {
  it.each([
    [
      { comparisons: [{ activation: "relu", kinks: { "relu6.zero": [0, 1] } }] },
      'comparisons, kinks: must be a kink of relu: relu.zero, got "relu6.zero"',
    ],
    [{ batches: 5 }, "batches: must be at most the 4 full mini-batches of a pass, got 5"],
    [{ widths: { vgg12: [1] } }, 'widths: must name known networks, got "vgg12"\nHint: did you mean vgg11?'],
    [{ widths: { resnet18: [2] } }, "resnet18, widths: must be 4 numbers, got [2]"],
    [{ networks: ["resnet19"] }, 'got "resnet19"\nHint: did you mean resnet18?'],
    [{ comparisons: [{ activation: "relu", kinks: {} }] }, "comparisons.0.kinks: must name a kink, got {}"],
  ])("a run with %o is refused", async (set, message) => {
    await expect(run(set)).rejects.toThrow(message);
  });
});

describe("the summary", () => {
  const config = configOf({ ...SMALL, batchNorm: [false], runs: 4, batches: 5 });
  const network = { dataset: "colour-glyphs", label: null, network: "resnet18", batchNorm: false } as const;
  const cell = { ...network, activation: "relu", kinks: "relu.zero 0 | 1", precision: 16 } as const;
  const seen = {
    hits: [2],
    forced: [0],
    notANumber: false,
    anyParameter: true,
    firstLayer: true,
    relativeL2FirstLayer: 0.5,
  };
  const clean = { ...seen, hits: [0], anyParameter: false, firstLayer: false };
  const bad = { ...clean, notANumber: true };
  const seenRows = [
    tally([clean, seen, seen, clean, clean], ["relu.zero"], 10),
    tally([clean, clean, clean, bad, bad], ["relu.zero"], 10),
    tally([seen, clean, bad, clean, clean], ["relu.zero"], 10),
  ].map((row, trial): NetworksRow => ({ ...cell, trial, ...row }));
  const rows = [...seenRows, schema.failed({ ...cell, trial: 3 }, "no memory")];
  const { cells, samples } = bifurcationFrequencyNetworks.summarize(rows, config);

  it("the summary leaves out mini-batches with a NaN and counts failed runs", () => {
    const { low, high } = wilson(3, 12);
    expect(cells).toHaveLength(1);
    expect(cells[0]).toMatchObject({ planned: 4, runs: 3, failed: 1, batches: 12, notANumber: 3, different: 3 });
    expect(cells[0]).toMatchObject({ frequencyFirstLayer: 0.25, low, high, hitShare: 6 / 150, forcedShare: 0 });
  });

  it("at each sample size an initialisation with a NaN before any difference is left out", () => {
    expect(samples.map(({ sampleSize, runs, different }) => [sampleSize, runs, different])).toEqual([
      [8, 3, 1],
      [16, 3, 2],
      [40, 2, 2],
    ]);
  });

  it("mini-batches with a NaN add no hits, and after a NaN the first layer's frequency is unknown", () => {
    const later = { ...seen, firstLayer: false };
    const unknown = { ...seen, notANumber: true, anyParameter: false, firstLayer: false };
    const row = tally([later, unknown, unknown], ["relu.zero"], 10);
    const { cells: counted, samples: sampled } = bifurcationFrequencyNetworks.summarize(
      [{ ...cell, trial: 0, ...row }],
      configOf({ ...SMALL, batchNorm: [false], runs: 1, batches: 3 }),
    );
    expect(counted[0]).toMatchObject({ batches: 1, notANumber: 2, withHit: 1, withRoundedHit: 1, different: 1 });
    expect(sampled.map((s) => [s.runs, s.frequency, s.runsFirstLayer, s.frequencyFirstLayer])).toEqual([
      [1, 1, 1, 0],
      [1, 1, 0, null],
      [1, 1, 0, null],
    ]);
  });
});

it("relu-family compares each activation at its own kinks", async () => {
  const { summary } = await runExperiment(reluFamily, {
    preset: "smoke",
    runs: temporaryFolder(),
    workers: 0,
    set: { dataset: "glyphs", images: 128, widths: { mlp: [8] }, batchSize: 32, batches: 2, precisions: [16, 64] },
  });
  expect(summary.cells.map(({ kinks }) => kinks).filter((_, i) => i % 2 === 0)).toEqual([
    "relu.zero 0 | 1",
    "leakyRelu.zero 0.01 | 1",
    "relu6.zero 0 | 1",
    "relu6.six 0 | 1",
    "relu6.zero 0 | 1, relu6.six 0 | 1",
  ]);
});
