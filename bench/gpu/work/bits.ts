/** Whether the numbers of a network depend on how many networks go through the program with it. */
import {
  applyNetwork,
  Batches,
  createEngine,
  type Engine,
  type FormatName,
  graph,
  type Held,
  initialise,
  input,
  kinkHits,
  kinkSites,
  loadDataset,
  type Results,
  stream,
  type Tensor,
  tensor,
} from "nonsmooth";
import { disposeAll, holdAll, replicate, stackFeeds } from "../library";
import { perceptron } from "../problem";
import type { Prepared } from "../types";

export interface BitsOptions {
  readonly engine: string;
  readonly format: FormatName;
  readonly widths: readonly number[];
  readonly batch: number;
  /** Mini-batches on which zeros are counted; bits are compared on the first. */
  readonly batches: number;
  /** The networks that are compared: the first of every R. */
  readonly compared: number;
  readonly replicas: readonly number[];
}

export interface BitsFacts {
  readonly found: readonly {
    readonly replicas: number;
    /** Share of the elements of each hidden layer's pre-activation that have other bits than alone. */
    readonly differ: readonly number[];
    /** The same beside the first R of the list; undefined for R = 1. */
    readonly differFromFirst?: readonly number[];
    /** Exact zeros of the compared networks on all mini-batches, by layer. */
    readonly zeros: readonly number[];
  }[];
}

/** Drawing takes a while. */
const DIFFERENT = 8;

type Networks = readonly Readonly<Record<string, Tensor>>[];

/** What some networks give in one program. */
interface Seen {
  /** `z 1`, `z 2`, …: the pre-activations on the first mini-batch. */
  readonly values: Results;
  /** `hits 1`, `hits 2`, …: exact zeros, network by network, on all mini-batches. */
  readonly hits: Readonly<Record<string, readonly number[]>>;
}

export async function prepareBits(options: BitsOptions): Promise<Prepared<BitsFacts>> {
  const { format, widths, compared } = options;
  const engine = createEngine(options.engine);
  const look = await lookAt(engine, options);
  const draw = (i: number) => {
    const drawn = initialise(perceptron(widths), format, stream(1, "bench", "bits", i));
    return Object.fromEntries(hiddenParameters(widths).map((name) => [name, drawn[name]!]));
  };
  const different = Array.from({ length: DIFFERENT }, (_, i) => draw(i));
  const networks = Array.from({ length: Math.max(compared, ...options.replicas) }, (_, i) => different[i % DIFFERENT]!);
  const first = networks.slice(0, compared);
  const [alone, again]: [Seen[], Seen[]] = [[], []];
  for (const network of first) alone.push(await look([network]));
  // the control: a second time alone
  for (const network of first) again.push(await look([network]));
  const found: BitsFacts["found"][number][] = [
    { replicas: 1, differ: differenceOf(alone, again), zeros: zerosOf(again) },
  ];
  let fewest: Seen[] | undefined;
  for (const replicas of options.replicas) {
    const together = await look(networks.slice(0, replicas));
    const own = first.map((_, i) => ownOf(together, i, replicas));
    fewest ??= own;
    found.push({
      replicas,
      differ: differenceOf(alone, own),
      differFromFirst: differenceOf(fewest, own),
      zeros: zerosOf(own),
    });
  }
  return { facts: { found }, dispose: () => engine.dispose() };
}

/** A function that shows the mini-batches to some networks in one program. */
async function lookAt(engine: Engine, { format, widths, batch, batches }: BitsOptions) {
  const dataset = await loadDataset("glyphs", { split: "train", count: batch * batches });
  const source = new Batches(dataset, { batchSize: batch });
  const images: Held[] = [];
  for (let i = 0; i < batches; i++)
    images.push(await engine.hold(tensor(format, source.at(i).inputs, [batch, widths[0]!])));
  return async (some: Networks): Promise<Seen> => {
    const { values, hits } = graphsOf(widths, images[0]!, some.length);
    const parameters = await holdAll(engine, some.length === 1 ? some[0]! : stackFeeds(some));
    const [showing, counting] = [await engine.compile(values), await engine.compile(hits)];
    const seen: Seen = { values: await showing.run({ ...parameters, x: images[0]! }), hits: {} };
    const sums: Record<string, number[]> = {};
    for (const x of images) {
      for (const [name, { data }] of Object.entries(await counting.run({ ...parameters, x }))) {
        sums[name] ??= new Array<number>(some.length).fill(0);
        for (const [i, n] of data.entries()) sums[name][i]! += n;
      }
    }
    disposeAll(parameters);
    await showing.dispose();
    await counting.dispose();
    return { ...seen, hits: sums };
  };
}

function graphsOf(widths: readonly number[], { format, shape }: Pick<Held, "format" | "shape">, replicas: number) {
  const sites = kinkSites([applyNetwork(perceptron(widths), input("x", format, shape)).output]);
  const values = Object.fromEntries(sites.map((site, i) => [`z ${i + 1}`, site.operand]));
  const hits = Object.fromEntries(sites.map((site, i) => [`hits ${i + 1}`, kinkHits(site)]));
  const many = (outputs: typeof values, name: string) =>
    graph(replicas === 1 ? outputs : replicate(outputs, { replicas, inputs: hiddenParameters(widths) }), name);
  return { values: many(values, "pre-activations"), hits: many(hits, "exact zeros") };
}

/** Those of all layers but the last, which has no pre-activation behind it. */
function hiddenParameters(widths: readonly number[]): string[] {
  const names = perceptron(widths).parameters.map(({ name }) => name);
  return names.slice(0, -2);
}

/** What the network at one place has given. */
function ownOf({ values, hits }: Seen, place: number, replicas: number): Seen {
  const part = ({ format, shape, data }: Tensor): Tensor => {
    const length = data.length / replicas;
    return { format, shape: shape.slice(1), data: data.slice(place * length, (place + 1) * length) };
  };
  return {
    values: Object.fromEntries(Object.entries(values).map(([name, tensor]) => [name, part(tensor)])),
    hits: Object.fromEntries(Object.entries(hits).map(([name, counts]) => [name, [counts[place]!]])),
  };
}

function differenceOf(alone: readonly Seen[], own: readonly Seen[]): number[] {
  return Object.keys(alone[0]!.values).map((name) => {
    let [different, all] = [0, 0];
    for (const [i, { values }] of alone.entries()) {
      const found = own[i]!.values[name]!.data;
      all += found.length;
      for (const [k, x] of values[name]!.data.entries()) different += Number(!Object.is(x, found[k]));
    }
    return different / all;
  });
}

const zerosOf = (own: readonly Seen[]): number[] =>
  Object.keys(own[0]!.hits).map((name) => own.reduce((sum, { hits }) => sum + hits[name]![0]!, 0));
