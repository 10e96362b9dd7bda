/**
 * How the number of exact zeros depends on the order of summation, at 32 bits: the table in docs/numerics.md.
 * The same networks and images, the pre-activation computed in several orders that are all correct; nothing else differs.
 *
 *     npm run build:bench && node bench/out/summation-order.js [--runs 200] [--width 256] [--data DIR]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Batches, initialise, loadDataset, mlp, stream, wilson } from "nonsmooth";
import { ModelBuilder } from "nonsmooth/dist/engines/onnx/model";
import { cpuTarget } from "nonsmooth/dist/engines/onnx/targets";
import { type Prepared, runPool } from "nonsmooth/dist/runs";
import * as ort from "onnxruntime-node";

const LAYERS = 3;
const BATCH = 256;
const ORDERS = ["bias first", "bias last", ...[64, 32, 16].map((n) => `bias last, sums of ${n} terms`)];
type Order = string;

/** Exact zeros of each hidden layer in one pass. */
type Zeros = readonly number[];
interface Init {
  readonly data?: string;
  readonly width: number;
}
interface Job {
  readonly order: Order;
  readonly trial: number;
}

/** z = x·Wᵀ + b in the given order. */
function preActivation(model: ModelBuilder, order: Order, x: string, w: string, b: string, terms: number): string {
  if (order === "bias first") return model.node("Gemm", [x, w, b], { transB: 1 });
  const length = Number(/\d+/.exec(order)?.[0] ?? terms);
  let sum: string | undefined;
  for (let from = 0; from < terms; from += length) {
    const range = [from, Math.min(from + length, terms), 1].map((n) => model.integers([n]));
    const slice = (matrix: string) => model.node("Slice", [matrix, ...range]);
    const part = model.node("Gemm", length === terms ? [x, w] : [slice(x), slice(w)], { transB: 1 });
    sum = sum === undefined ? part : model.node("Add", [sum, part]);
  }
  return model.node("Add", [sum!, b]);
}

async function session(order: Order, hidden: readonly number[]): Promise<ort.InferenceSession> {
  const model = new ModelBuilder(cpuTarget());
  const zero = model.constant("f32", [0]);
  let h = "x";
  let width = 784;
  model.input("x", "f32", [BATCH, width]);
  for (const [i, next] of hidden.entries()) {
    const [w, b] = [`fc${i + 1}.weight`, `fc${i + 1}.bias`];
    model.input(w, "f32", [next, width]);
    model.input(b, "f32", [next]);
    const z = preActivation(model, order, h, w, b, width);
    const count = model.node("ReduceSum", [model.cast(model.node("Equal", [z, zero]), "f32")], { keepdims: 0 });
    model.output(count, "f32", []);
    h = model.node("Relu", [z]);
    width = next;
  }
  return ort.InferenceSession.create(model.encode(order), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
  });
}

/** Called by the pool in each process. */
export async function worker({ data, width }: Init): Promise<Prepared<Job, Zeros>> {
  const hidden = new Array<number>(LAYERS).fill(width);
  const dataset = await loadDataset("auto", { split: "train", directory: data });
  const batches = new Batches(dataset, { batchSize: BATCH, incomplete: "drop", cache: true });
  const sessions = new Map<Order, ort.InferenceSession>();
  for (const order of ORDERS) sessions.set(order, await session(order, hidden));
  const network = mlp({ inputs: 784, hidden, classes: 10 });
  return {
    close: async () => {},
    do: async ({ order, trial }) => {
      const parameters = initialise(network, "f32", stream(1, "initialisation", width, LAYERS, trial));
      const feeds: Record<string, ort.Tensor> = {};
      for (const [name, { data: values, shape }] of Object.entries(parameters)) {
        if (!name.startsWith("fc4")) feeds[name] = new ort.Tensor("float32", values as Float32Array, shape);
      }
      const zeros = hidden.map(() => 0);
      for (const { inputs } of batches) {
        feeds.x = new ort.Tensor("float32", inputs as Float32Array, [BATCH, 784]);
        const counts = Object.values(await sessions.get(order)!.run(feeds));
        for (const [i, count] of counts.entries()) zeros[i]! += count.data[0] as number;
      }
      return zeros;
    },
  };
}

async function main(): Promise<void> {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({ options: { runs: text("200"), width: text("256"), data: { type: "string" } } });
  const runs = Number(values.runs);
  const found = new Map<Order, Zeros[]>(ORDERS.map((order) => [order, []]));
  await runPool<Job, Zeros>({
    module: __filename,
    workers: availableParallelism(),
    jobs: Array.from({ length: runs }, (_, trial) => ORDERS.map((order) => ({ order, trial }))).flat(),
    init: { data: values.data, width: Number(values.width) } satisfies Init,
    onResult: (zeros, { order }) => void found.get(order)!.push(zeros),
  });
  const lines = [...found].map(([order, passes]) => {
    const layers = Array.from({ length: LAYERS }, (_, i) =>
      (passes.reduce((sum, zeros) => sum + zeros[i]!, 0) / runs).toFixed(3),
    );
    const hit = wilson(passes.filter((zeros) => zeros.some((n) => n > 0)).length, runs);
    return `| ${order} | ${layers.join(" | ")} | ${hit.estimate.toFixed(3)} [${hit.low.toFixed(3)}, ${hit.high.toFixed(3)}] |`;
  });
  const head = ["| order of summation | layer 1 | layer 2 | layer 3 | runs with a zero |", "|---|---|---|---|---|"];
  process.stdout.write(`${[...head, ...lines].join("\n")}\n`);
}

if (require.main === module) void main();
