/**
 * Training steps on an engine, compared with the same steps in plain loops, and their time.
 *
 * Images and weights are small multiples of powers of two, so that everything up to the logits is exact in every format. So all
 * engines meet the same kinks and ties, of which the image of zeros has many, and differ only by rounding.
 */
import { kinkInput } from "../../autodiff";
import { createEngine, disposeAll, type Engine, holdAll, type Results, readAll } from "../../engines";
import { type FormatName, formatOf } from "../../formats";
import { size, tensor } from "../../ir";
import { conv2d, flatten, type Layer, linear, maxPool, mlp, relu, sequential } from "../../nn";
import { scalarFeeds, sgd } from "../../optim";
import { Programs } from "../../train";
import { quantile, stream } from "../../util";

export interface Trial {
  readonly network: string;
  /** The largest difference from the definition, in units in the last place of the largest number of its tensor. */
  readonly ulps: number;
  /** Of one step after the warm-up: the median. */
  readonly milliseconds: number;
}

const SHAPE = [8, 8, 1] as const;
const CLASSES = 10;
const BATCH = 32;
const KINKS = ["relu.zero", "maxPool.tie"];
const OPTIMIZER = sgd({ lr: 0.5 });
const TIMED_STEPS = 20;
const TIMED_SECONDS = 0.3;
/** A convolutional network is tried only if a perceptron, including the compilation of its kernels, took no longer than this. */
const CHEAP_SECONDS = 2;

const networks: Readonly<Record<string, Layer>> = {
  mlp: sequential([flatten, mlp({ inputs: 64, hidden: [64], classes: CLASSES })]),
  convnet: sequential([
    conv2d("conv1", { inputs: 1, outputs: 8, kernel: 3, padding: 1 }),
    relu,
    maxPool({ kernel: 2 }),
    flatten,
    linear("fc1", 128, CLASSES),
  ]),
};

/** A step of a perceptron and, if that was cheap, one of a convolutional network, on an engine that computes in the format. */
export async function tryEngine(id: string, format: FormatName): Promise<Trial[]> {
  const trials: Trial[] = [];
  const dear = performance.now() + CHEAP_SECONDS * 1000;
  for (const [name, network] of Object.entries(networks)) {
    if (performance.now() > dear) break;
    const reference = await trySteps(createEngine("reference"), network, format, 0);
    const { results, milliseconds } = await trySteps(createEngine(id), network, format, TIMED_STEPS);
    trials.push({ network: name, ulps: distance(results, reference.results, format), milliseconds });
  }
  return trials;
}

/** The results of the first step, and the median time of `steps` more. */
async function trySteps(engine: Engine, network: Layer, format: FormatName, steps: number) {
  const options = { network, precision: format, optimizer: OPTIMIZER, kinks: KINKS, shape: SHAPE } as const;
  const program = await new Programs(engine, { ...options, chainRule: "multiply" }).step(BATCH);
  const kinks = KINKS.map((kink) => kinkInput(kink)).filter((name) => program.graph.inputs.has(name));
  const feeds = {
    ...(await holdAll(engine, batch(format))),
    ...Object.fromEntries(kinks.map((name) => [name, tensor(format, 0.5)])),
    ...scalarFeeds(OPTIMIZER, format, { step: 1 }),
  };
  const start = await holdAll(engine, parametersOf(network, format));
  const first = await program.runHolding({ ...feeds, ...start }, Object.keys(start));
  const results = { ...first.results, ...(await readAll(first.held)) };
  const times: number[] = [];
  const end = performance.now() + TIMED_SECONDS * 1000;
  let state = first.held;
  while (times.length < steps && (times.length < 3 || performance.now() < end)) {
    const began = performance.now();
    const { held } = await program.runHolding({ ...feeds, ...state }, Object.keys(state));
    times.push(performance.now() - began);
    disposeAll(state);
    state = held;
  }
  await engine.dispose();
  return { results, milliseconds: times.length === 0 ? Number.NaN : quantile(times, 0.5) };
}

/** Pixels −1, 0 and 1; the first image is all 0. */
function batch(format: FormatName): Results {
  const random = stream(1, "doctor", "images");
  const shape = [BATCH, ...SHAPE];
  const pixels = Array.from({ length: size(shape) }, (_, i) => (i < size(SHAPE) ? 0 : random.integer(3) - 1));
  const labels = Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  return { x: tensor(format, pixels, shape), labels: tensor("i32", labels, [BATCH]) };
}

/** Weights −¼, −⅛, 0, ⅛ and ¼; no bias, so that zeros stay zeros. */
function parametersOf({ parameters }: Layer, format: FormatName): Results {
  const drawn = parameters.map(({ name, shape }) => {
    const random = stream(1, "doctor", name);
    const draw = () => (name.endsWith("bias") ? 0 : (random.integer(5) - 2) / 8);
    return [name, tensor(format, Array.from({ length: size(shape) }, draw), shape)] as const;
  });
  return Object.fromEntries(drawn);
}

/**
 * The largest difference between the results, in units in the last place of the largest number of its tensor; NaN if one of
 * them is NaN.
 */
export function distance(got: Results, expected: Results, format: FormatName): number {
  const most = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const each = Object.entries(expected).map(([name, { data }]) => {
    const numbers = [...data];
    const off = most(numbers.map((x, i) => got[name]!.data[i]! - x));
    return off === 0 ? 0 : off / most(numbers);
  });
  return Math.max(...each) / 2 ** (1 - formatOf(format).precision);
}
