/** Whole trainings in f64, step by step beside PyTorch's: the networks that were published, at full size. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { LoadedBatch, Loader } from "../../src/data";
import { createEngine } from "../../src/engines";
import { size, type Tensor } from "../../src/ir";
import { createNetwork, type Layer, type Parameter } from "../../src/nn";
import { sgd } from "../../src/optim";
import { runTraining, type TrainingEvent } from "../../src/train";
import { fromTorch, numbers, parameterNumbers } from "../nn/formula";
import { epochsOf, lossesOf } from "./support";

interface Golden {
  readonly network: string;
  readonly batchNorm: boolean;
  readonly lr: number;
  /** Of every step, in training mode before its update. */
  readonly losses: readonly number[];
  /** Of the first batch in evaluation mode, behind every epoch. */
  readonly evaluations: readonly number[];
  /** Of parameters and buffers at the end. */
  readonly norms: Readonly<Record<string, number>>;
}

const { trainings } = JSON.parse(readFileSync(join(__dirname, "golden", "pytorch.json"), "utf8")) as {
  trainings: Golden[];
};

const BATCH = 8;
const SHAPE = [32, 32, 3] as const;
const TOLERANCE = 1e-9;

/** Batches by the formula of the golden file, the same in every epoch. */
function loader(batches: number): Loader {
  const shape = [BATCH, ...SHAPE];
  const made = Array.from({ length: batches }, (_, index): LoadedBatch => {
    const inputs = fromTorch(shape)(numbers(`batch ${index}`, size(shape)).map((v) => 4 * v));
    const labels = Int32Array.from({ length: BATCH }, (_, b) => (3 * b + 1) % 10);
    return { index, inputs: Float32Array.from(inputs), labels, size: BATCH };
  });
  return {
    shape: SHAPE,
    batchSize: BATCH,
    batchesPerEpoch: batches,
    broken: [],
    order: () => Uint32Array.from({ length: BATCH * batches }, (_, i) => i),
    async *epoch(_, { from = 0 } = {}) {
      yield* made.slice(from);
    },
    whole: async () => undefined,
    close: async () => {},
  };
}

/** A training draws more than once, and networks share names: the numbers are computed once. */
const computed = new Map<string, Float64Array>();

function startOf({ name, shape }: Parameter): Float64Array {
  const key = `${name} [${shape}]`;
  if (!computed.has(key)) computed.set(key, parameterNumbers(name, shape));
  return computed.get(key)!;
}

/** The network with the parameters of the golden file; buffers begin as they do. */
function network({ network: name, batchNorm }: Golden): Layer {
  const layer = createNetwork(name, { inputShape: SHAPE, classes: 10, batchNorm });
  const byFormula = (parameter: Parameter): Parameter => ({
    ...parameter,
    initialise: (out) => out.set(startOf(parameter)),
  });
  return { ...layer, parameters: layer.parameters.map(byFormula) };
}

describe("20 steps of SGD with momentum and weight decay", () => {
  const engine = createEngine("onnx-cpu", { threads: 2 });
  afterAll(() => engine.dispose());

  it.each(trainings)("the steps of $network (batch-norm: $batchNorm) agree with PyTorch's", async (golden) => {
    const events: TrainingEvent[] = [];
    const { outcome, state } = await runTraining(
      {
        network: network(golden),
        engine,
        precision: "f64",
        optimizer: sgd({ lr: golden.lr, momentum: 0.9, weightDecay: 5e-4 }),
        epochs: 5,
        seed: 1,
        data: loader(4),
        test: loader(1),
      },
      (event) => events.push(event),
    );
    expect(outcome).toBe("finished");
    // a course that is worth comparing
    expect(golden.losses.at(-1)).toBeLessThan(golden.losses[0]! / 2);

    const losses = lossesOf(events);
    expect(losses).toHaveLength(20);
    for (const [i, loss] of losses.entries()) expectNear(`loss of step ${i + 1}`, loss, golden.losses[i]!);
    for (const [i, { test }] of epochsOf(events).entries())
      expectNear(`evaluation behind epoch ${i + 1}`, test!.loss, golden.evaluations[i]!);
    for (const [name, norm] of Object.entries(golden.norms))
      expectNear(`norm of ${name}`, normOf(state.tensors[name]!), norm);
  });
});

const normOf = ({ data }: Tensor) => Math.sqrt((data as Float64Array).reduce((sum, x) => sum + x * x, 0));

function expectNear(what: string, actual: number, expected: number) {
  const error = Math.abs(actual - expected) / Math.abs(expected);
  expect(error, `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(TOLERANCE);
}
