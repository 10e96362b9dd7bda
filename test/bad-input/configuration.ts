/** Configurations of experiments, and what programs hand to the functions that run them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gradient } from "../../src/autodiff";
import { parseSettings } from "../../src/cli/settings";
import {
  experiment,
  lawArm,
  makeConfig,
  maxPoolTiesArm,
  planExperiment,
  type RunOptions,
  requireAnswer,
  runExperiment,
} from "../../src/experiments";
import { precisionIds, precisionRule } from "../../src/formats";
import { input } from "../../src/ir";
import { l1Loss } from "../../src/nn";
import { notebookPreset, runInNotebook, watch } from "../../src/notebook";
import { storedNotebook } from "../../src/notebook/nbformat";
import { socketFolder } from "../../src/notebook/socket-folder";
import { ops } from "../../src/ops";
import type { Area, BadInput } from "./bad-input";

const SCALAR = input("x", "f32", []);
const HALF = input("x", "f16", []);
const PRECISIONS = precisionRule(precisionIds);

/** The configuration as `--set` makes it. */
const set = (name: string, ...settings: string[]) =>
  makeConfig(experiment(name), { set: parseSettings(settings, experiment(name)) as never });

const setting = (name: string, text: string, gets: string, words = `--set ${text}`): BadInput => ({
  input: `${name}: ${words}`,
  gets,
  // the list of all keys is long
  run: () => shortly(() => set(name, text)),
});

function shortly(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return (error as Error).message.replace(/(keys must be among) .*/s, "$1 …");
  }
}

/** Planned with the library's own small dataset; nothing is computed. */
const planned =
  (name: string, options: RunOptions<never>) =>
  (folder: string): unknown =>
    planExperiment(experiment(name), {
      ...options,
      data: folder,
      set: { dataset: "glyphs", ...(options.set as unknown as object) },
      runs: folder,
    } as never);

const SHAPE_OF_SIZE = /at most [\d,]+ parameters, for which the memory here suffices \(.*?\)/;

/** The limit is this machine's: it is left out. */
const sized =
  (name: string, keys: object) =>
  async (folder: string): Promise<string> => {
    try {
      await planned(name, { set: keys } as never)(folder);
      return "planned";
    } catch (error) {
      return (error as Error).message.replace(SHAPE_OF_SIZE, "at most so many parameters as fit into memory");
    }
  };

const tooLarge = (got: string) =>
  `widths: must make a network of at most so many parameters as fit into memory, got ${got}`;

const notebook = (input: string, content: unknown, gets: string): BadInput => ({
  input: `a notebook ${input}`,
  gets,
  run(folder) {
    const file = join(folder, "a.ipynb");
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return storedNotebook(file);
  },
});

const cells = (...some: unknown[]) => ({ nbformat: 4, cells: some });

export const configuration: Area = {
  title: "Configurations and notebooks",
  inputs: [
    {
      input: "gradient: the misspelt name of a convention",
      gets: 'kinks: must be one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got "pytorch"',
      run: () => gradient(ops.abs(SCALAR), [SCALAR], { kinks: "pytorch" as "torch" }),
    },
    {
      input: "gradient: two conventions at a time",
      gets: 'otherKinks: must be absent where kinks is a convention, jax, got "torch"',
      run: () => gradient(ops.abs(SCALAR), [SCALAR], { kinks: "jax", otherKinks: "torch" }),
    },
    {
      input: "gradient: a convention that says nothing about a kink of the graph",
      gets: 'kinks: must be a convention that says something about abs.zero: torch, jax, tensorflow, tinygrad, minimal-norm, got "cudnn"',
      run: () => gradient(ops.abs(SCALAR), [SCALAR], { kinks: "cudnn" }),
    },
    ...[5, [], null].map((kinks) => ({
      input: `gradient: kinks of ${JSON.stringify(kinks)}`,
      gets: `kinks: must be values by the kinks' names, or one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got ${JSON.stringify(kinks)}`,
      run: () => gradient(ops.relu(SCALAR), [SCALAR], { kinks: kinks as never }),
    })),
    {
      input: "gradient: a convention of null",
      gets: "otherKinks: must be one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got null",
      run: () => gradient(ops.relu(SCALAR), [SCALAR], { otherKinks: null as never }),
    },
    {
      input: "gradient: a value at a kink as text",
      gets: 'relu.zero: value must be a number, or a scalar of the graph, got "1"',
      run: () => gradient(ops.relu(SCALAR), [SCALAR], { kinks: { "relu.zero": "1" as never } }),
    },
    {
      input: "gradient: a value at a kink beyond the largest number of the operand's format",
      gets: "relu.zero: value must be at most 65504, the largest number of f16, got 10000000000",
      run: () => gradient(ops.relu(HALF), [HALF], { kinks: { "relu.zero": 1e10 } }),
    },
    {
      input: "lawArm: no name",
      gets: "law arm: must be one of published, perceptrons, precision, orders, networks, got undefined",
      run: () => lawArm(undefined as never, "smoke"),
    },
    {
      input: "maxPoolTiesArm: a network that the notebook does not train",
      gets: 'max-pool-ties arm: must be one of lenet5, vgg11, got "foo"',
      run: () => maxPoolTiesArm("foo" as never, "smoke"),
    },
    {
      input: "maxPoolTiesArm: an unknown preset",
      gets: 'preset: must be one of smoke, laptop, paper, got "foo"',
      run: () => maxPoolTiesArm("vgg11", "foo"),
    },
    {
      input: "l1Loss: targets of another shape",
      gets: 'l1Loss: targets must be f32[], got "f32[1]"',
      run: () => l1Loss(SCALAR, input("y", "f32", [1])),
    },
    setting("training", "seed=1e309", "seed: must be an integer, got Infinity"),
    setting("training", "seed=9007199254740992", "seed: must be an integer, got 9007199254740992"),
    setting("training", "engine=null", "engine: must be text, got null"),
    setting("training", "epochs=0", "epochs: must be a positive integer, got 0"),
    setting("training", "epochs=1e15", "epochs: must be at most 1000000, got 1000000000000000"),
    setting("training", "epochs=2.5", "epochs: must be a positive integer, got 2.5"),
    setting("training", "epochs=ten", 'epochs: must be a positive integer, got "ten"'),
    setting("training", "runs=1e15", "runs: must be at most 1000000, got 1000000000000000"),
    setting("training", "threads=100000", "threads: must be a whole number from 0 to 1024, got 100000"),
    setting("training", "threads=-1", "threads: must be a whole number from 0 to 1024, got -1"),
    setting("training", "learningRates=0", "learningRates: must be a positive number, got 0"),
    setting("training", 'weightDecay={"x":1}', 'weightDecay: must not have the key x, got {"x":1}'),
    setting("training", "dropout=1", "dropout.0: must be in [0, 1), got 1"),
    setting("training", "values=0,0", "values: must not hold the same item twice, got [0,0]"),
    setting(
      "training",
      "kinks=pytorch",
      'kinks: must be one of torch, jax, tensorflow, tinygrad, cudnn, minimal-norm, got "pytorch"',
    ),
    setting("training", "values=", 'values.0: must be a finite number, got ""'),
    setting("training", "precisions=8", `precisions.0: ${PRECISIONS}, got 8`),
    setting("training", "precisions=e4p99", `precisions.0: ${PRECISIONS}, got "e4p99"`),
    setting("training", "precisions=e1p3", `precisions.0: ${PRECISIONS}, got "e1p3"`),
    setting("training", "precisions=e8p12-sum", `precisions.0: ${PRECISIONS}, got "e8p12-sum"`),
    setting(
      "training",
      "network=vgg12",
      'network: must be one of mlp, lenet5, vgg11, vgg13, vgg16, vgg19, resnet18, resnet18-cifar, resnet50, got "vgg12"',
    ),
    setting("training", "batchNorm=1", "batchNorm.0: must be true or false, got 1"),
    setting("training", "schedule=5", "schedule: must be an object, got 5"),
    setting("training", "epoch=5", "training: keys must be among …", "--set epoch=5 (a key that is mistyped)"),
    setting("training", "__proto__=1", "training: keys must be among …", "--set __proto__=1"),
    setting("training", "seed.x=1", "seed.x: seed must be an object for its keys to be set, got 1"),
    setting("training", "seed", '--set: must be key=value, got "seed"'),
    setting("bifurcation-frequency", "depths=1000000", "depths.0: must be at most 10000 hidden layers, got 1000000"),
    setting("bifurcation-frequency", "runs=1e15", "runs: must be at most 1000000, got 1000000000000000"),
    setting("bifurcation-frequency", "pair=0", "pair: must be two numbers, got [0]"),
    setting("bifurcation-frequency", "widths=[]", "widths: must not be empty, got []"),
    setting(
      "zone-plane",
      "points=3",
      "points: must be an even number from 2 to 1000, so that the bifurcation itself is a point, got 3",
    ),
    setting("harm", "bound=-1", "bound: must be a positive number, got -1"),
    setting("harm", "overwrite=1/epoch", 'overwrite.0: must be a finite number or 1/batch, got "1/epoch"'),
    setting(
      "harm",
      "precisions=mixed",
      'precisions.0: must be one of e4m3, e5m2, 16, bf16, tf32, 32, 64, or e<E>p<P> with E in 3 … 10 and P in 2 … 25, then -flush, -sums, -stochastic as wanted, got "mixed"',
    ),
    setting("law", "networks=[]", "networks: must not be empty, got []"),
    setting(
      "law",
      "orders=reverse",
      'orders.0: must be one of engine, bias-first, parts-64, parts-32, parts-16, pairwise-16, in-turn, got "reverse"',
    ),
    setting("relu-family", "comparisons=x", 'comparisons.0: must be an object, got "x"'),
    {
      input: "bifurcation-frequency: a network of 10¹⁸ parameters",
      gets: tooLarge("1000000796000000000"),
      run: sized("bifurcation-frequency", { widths: [1e9], depths: [2], sampleSizes: [256] }),
    },
    {
      input: "training: hidden layers of a million neurons each",
      gets: tooLarge("1000796000010"),
      run: sized("training", { widths: [1e6, 1e6] }),
    },
    {
      input: "training: VGG11 with channels in the millions",
      gets: tooLarge("63000045000010"),
      run: sized("training", { dataset: "colour-glyphs", network: "vgg11", widths: [1e6, 1e6, 1e6, 1e6, 1e6] }),
    },
    {
      input: "a preset that there is not",
      gets: 'preset: must be one of smoke, laptop, paper, got "large"',
      run: () => makeConfig(experiment("training"), { preset: "large" }),
    },
    {
      input: "an experiment that there is not",
      gets: 'experiment: must be one of bifurcation-frequency, training, learning-rate-search, surprise, zone-plane, gradient-difference, zeros, bifurcation-frequency-networks, relu-family, max-pool-ties, max-pool-tie-counts, harm, law, got "trainings"',
      run: () => experiment("trainings"),
    },
    ...[
      ["runExperiment", runExperiment],
      ["planExperiment", planExperiment],
      ["runInNotebook", runInNotebook],
    ].map(
      ([name, call]): BadInput => ({
        input: `${name}: a name in place of the experiment`,
        gets: `experiment: must be one of the library's experiments, or one of the same form, got "training"`,
        run: () => (call as (given: unknown) => unknown)("training"),
      }),
    ),
    {
      input: "runExperiment: nothing",
      gets: "experiment: must be one of the library's experiments, or one of the same form, got undefined",
      run: () => (runExperiment as (given?: unknown) => unknown)(),
    },
    {
      input: "two engines, one as an option and one in the configuration",
      gets: 'engine: must be the same as in `set`, which has "reference", got "onnx-cpu"',
      run: planned("training", { engine: "onnx-cpu", set: { engine: "reference" } } as never),
    },
    ...[-1, 0.5, 1025, Number.NaN].map(
      (workers): BadInput => ({
        input: `${workers} workers`,
        gets: `workers: must be a whole number from 0 to 1024, got ${workers}`,
        run: planned("bifurcation-frequency", { workers, preset: "smoke" } as never),
      }),
    ),
    {
      input: "a run of which every part broke off",
      gets: 'training: at least one run must come to its end, got "2 that broke off, the first: no memory"',
      run: () =>
        requireAnswer("training", [
          { outcome: "running" },
          { outcome: "failed", reason: "no memory" },
          { outcome: "failed", reason: "another" },
        ]),
    },
    {
      input: "NONSMOOTH_PRESET=huge",
      gets: 'NONSMOOTH_PRESET: must be one of smoke, laptop, paper, got "huge"',
      run: () => notebookPreset({ NONSMOOTH_PRESET: "huge" }),
    },
    {
      input: "watch(settings), without train",
      gets: 'watch, network: must be what train returns, got "mlp"',
      run: () => watch({ network: "mlp" } as never),
    },
    {
      input: "watch(…, { every: 0.1 })",
      gets: "every: must be seconds, 0.5 or more, got 0.1",
      run: () => watch((async function* () {})() as never, { every: 0.1 }),
    },
    notebook("that is null", "null", "…/a.ipynb: must be a notebook, an object in JSON, got null"),
    notebook("without cells", { nbformat: 4 }, "…/a.ipynb: must have a list of cells, got undefined"),
    notebook("of format 3", { nbformat: 3 }, "…/a.ipynb: must be a notebook of format 4, got 3"),
    notebook("with a cell that is null", cells(null), "…/a.ipynb, cell 1: must be an object, got null"),
    notebook(
      "with a cell without source",
      cells({ cell_type: "code" }),
      "…/a.ipynb, cell 1, source: must be text, or a list of lines, got undefined",
    ),
    notebook(
      "whose source is a number",
      cells({ cell_type: "code", source: 5 }),
      "…/a.ipynb, cell 1, source: must be text, or a list of lines, got 5",
    ),
    notebook(
      "with a cell of another type",
      cells({ cell_type: "heading", source: "" }),
      '…/a.ipynb, cell 1, cell_type: must be one of code, markdown, raw, got "heading"',
    ),
    {
      input: "a folder named .ipynb",
      gets: '…/a.ipynb: must be readable, got "no regular file"',
      run(folder) {
        mkdirSync(join(folder, "a.ipynb"));
        return storedNotebook(join(folder, "a.ipynb"));
      },
    },
    {
      input: "a name that is too long for a socket anywhere",
      gets: "folder for sockets: must have a short name",
      run: () => {
        try {
          return socketFolder("x".repeat(100), {});
        } catch (error) {
          return (error as Error).message.split(", got")[0];
        }
      },
    },
  ],
};
