/** gradient-difference in plain loops, one network and one mini-batch at a time, and mini-batches with known zeros. */
import { type ChainRule, gradient, kinkSites } from "../../src/autodiff";
import { type Engine, type Program, type Results, referenceEngine } from "../../src/engines";
import type { GradientDifferenceRow } from "../../src/experiments";
import type { Job } from "../../src/experiments/gradient-difference/runs";
import type { MiniBatch, Pass } from "../../src/experiments/gradient-pairs/pass";
import { precisionOf, type UniformId } from "../../src/formats";
import { type Graph, graph, input, type Tensor, tensor } from "../../src/ir";
import { applyNetwork, crossEntropy, initialise, mlp } from "../../src/nn";
import type { Answered } from "../../src/runs";
import { stream } from "../../src/util";

export const FEATURES = 60;
export const CLASSES = 10;
const BATCHES = 12;
export const settings = {
  ...{ dataset: "made here", seed: 7, width: 12, depth: 2, batchSize: 8, firstActivation: true },
  ...{ pair: [0, 1] as [number, number], chainRules: ["multiply", "overwrite"] as ChainRule[] },
};
const { dataset, seed, width, depth, batchSize, pair, chainRules } = settings;

export const jobsOf = (precision: UniformId, networks: number): Job[] =>
  Array.from({ length: networks }, (_, trial) => ({ precision, trial }));

const network = mlp({ inputs: FEATURES, hidden: new Array<number>(depth).fill(width), classes: CLASSES });
const parametersOf = ({ precision, trial }: Job) =>
  initialise(network, precisionOf(precision).format, stream(seed, "initialisation", width, depth, trial));

type Row = Answered<GradientDifferenceRow>;

/** Mini-batches of random images, of which some lie exactly on a kink of some of the networks: each network has such in every third. */
export function passOnKinks(jobs: readonly Job[]): Pass {
  const { format } = precisionOf(jobs[0]!.precision);
  const random = stream(3, "images");
  const places = jobs.map(imagesOnKinks);
  const batches = Array.from({ length: BATCHES }, (_, k): MiniBatch => {
    const x = Float64Array.from({ length: batchSize * FEATURES }, () => random.uniform());
    for (const [t, images] of places.entries()) {
      if ((k + t) % 3 === 0) x.set(images[k % images.length]!, t * FEATURES);
    }
    const labels = Array.from({ length: batchSize }, () => random.integer(CLASSES));
    return { x: tensor(format, x, [batchSize, FEATURES]), labels: tensor("i32", labels) };
  });
  return { batches: BATCHES, at: async (k) => batches[k]! };
}

/** Images with one pixel p that is not zero, so that p·w + b = 0 in some neuron of the first layer: its sum has no other term. */
function imagesOnKinks(job: Job): Float64Array[] {
  const { format } = precisionOf(job.precision);
  const { "fc1.weight": w, "fc1.bias": b } = parametersOf(job);
  const accumulated = format === "f64" ? (x: number) => x : Math.fround;
  const images: Float64Array[] = [];
  for (const [i, bias] of b!.data.entries()) {
    for (let pixel = 0; pixel < FEATURES; pixel++) {
      const weight = w!.data[i * FEATURES + pixel]!;
      const p = tensor(format, -bias / weight).data[0]!;
      if (accumulated(p * weight) + bias !== 0 || Math.abs(p) > 8) continue;
      images.push(Float64Array.from({ length: FEATURES }, (_, at) => (at === pixel ? p : 0)));
    }
  }
  if (images.length === 0) throw new Error(`no image on a kink of network ${job.trial}`);
  return images;
}

/** The rows of each network, in the order of the chain rules. @param engine default: the definition */
export async function rowsByLoops(
  jobs: readonly Job[],
  pass: Pass,
  engine: Engine = referenceEngine(),
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const job of jobs) rows.push(...(await rowsOf(job, pass, engine)));
  return rows;
}

async function rowsOf(job: Job, pass: Pass, engine: Engine): Promise<Row[]> {
  const rows: Row[] = [];
  for (const chainRule of chainRules) {
    const gradientAt = (atKink: number) => engine.compile(gradientGraph(job, chainRule, atKink));
    const [first, second] = [await gradientAt(pair[0]), await gradientAt(pair[1])];
    const seen = [];
    for (let k = 0; k < pass.batches; k++) {
      const fed = { ...parametersOf(job), ...(await pass.at(k)) };
      seen.push(compare(k, await first.run(fed), await second.run(fed)));
    }
    await first.dispose();
    await second.dispose();
    const different = seen.filter(({ any }) => any.bits);
    const firstLayer = (of: (norms: Norms) => number) => different.map(({ own }) => (own.bits ? of(own) : null));
    rows.push({
      ...{ dataset, width, depth, ...job, chainRule, outcome: "finished", batches: pass.batches, reason: null },
      withHit: seen.filter(({ hits }) => hits > 0).length,
      hits: seen.reduce((sum, { hits }) => sum + hits, 0),
      notANumber: seen.filter(({ any }) => Number.isNaN(any.l1)).length,
      different: different.length,
      differentFirstLayer: different.filter(({ own }) => own.bits).length,
      where: different.map(({ k }) => k),
      relativeL1: different.map(({ any }) => any.l1),
      relativeL2: different.map(({ any }) => any.l2),
      relativeL1FirstLayer: firstLayer(({ l1 }) => l1),
      relativeL2FirstLayer: firstLayer(({ l2 }) => l2),
    });
  }
  return rows;
}

/** All pre-activations and all gradients, the value of ReLU'(0) built in. */
function gradientGraph({ precision }: Job, chainRule: ChainRule, atKink: number): Graph {
  const { format } = precisionOf(precision);
  const { output, parameters } = applyNetwork(network, input("x", format, [batchSize, FEATURES]));
  const loss = crossEntropy(output, input("labels", "i32", [batchSize]));
  const gradients = gradient(loss, [...parameters.values()], { kinks: { "relu.zero": atKink }, chainRule });
  const names = [...parameters.keys()];
  const z = kinkSites([loss]).map(({ operand }, i) => [`z ${i}`, operand] as const);
  return graph(Object.fromEntries([...z, ...names.map((name, i) => [`d ${name}`, gradients[i]!] as const)]));
}

interface Norms {
  readonly bits: boolean;
  readonly l1: number;
  readonly l2: number;
}

function compare(k: number, a: Results, b: Results) {
  const names = Object.keys(a);
  const hits = names
    .filter((name) => name.startsWith("z "))
    .reduce((sum, name) => sum + a[name]!.data.filter((z) => z === 0).length, 0);
  const pairs = (some: string[]) => some.map((name) => [a[name]!, b[name]!] as const);
  const any = norms(pairs(names.filter((name) => name.startsWith("d "))));
  return { k, hits, any, own: norms(pairs(["d fc1.weight"])) };
}

/** ‖a − b‖ / ‖a‖, summed tensor by tensor. */
function norms(pairs: readonly (readonly [Tensor, Tensor])[]): Norms {
  const sum = (of: (a: number, b: number) => number) =>
    pairs.reduce((all, [a, b]) => all + [...a.data].reduce((own, x, i) => own + of(x, b.data[i]!), 0), 0);
  return {
    bits: sum((a, b) => Number(!Object.is(a, b))) > 0,
    l1: sum((a, b) => Math.abs(a - b)) / sum(Math.abs),
    l2: Math.sqrt(sum((a, b) => (a - b) ** 2) / sum((a) => a * a)),
  };
}

/** Counts one zero too many in the first layer of the network at a place. */
export const oneMoreZero =
  (program: Program, place: number): Program["runHolding"] =>
  async (feeds, names) => {
    const { results, held } = await program.runHolding(feeds, names);
    const { data, ...type } = results["hits 1"]!;
    const wrong = { ...type, data: data.map((n, i) => (i === place ? n + 1 : n)) };
    return { results: { ...results, "hits 1": wrong as Tensor }, held };
  };
