/**
 * The programs of a cell: a forward pass that looks for exact zeros, and a forward pass with both backward sweeps. What is compared is
 * counted where it is computed.
 */
import { gradient, kinkHits, kinkInput, kinkSites } from "../../autodiff";
import { type Feeds, inputsOf, type Results } from "../../engines";
import { precisionOf } from "../../formats";
import { type Graph, graph, input, type Shape, size, tensor, type Value } from "../../ir";
import { applyNetwork, crossEntropy, type ImageShape, type Layer } from "../../nn";
import { ops } from "../../ops";
import { countForced } from "../common/forced-zeros";
import { compareGradients } from "../gradient-pairs/difference";
import { type ComparedCell, networkOf } from "./cells";
import type { Comparison, NetworksConfig } from "./config";

type Pairs = Comparison["kinks"];
const ARMS = ["a", "b"] as const;

/** What one mini-batch showed. Counts by place are in the order of the forward pass, one for each kink that is compared. */
export interface Observation {
  readonly hits: readonly number[];
  /** The hits that no precision would avoid. */
  readonly forced: readonly number[];
  /** A NaN in either gradient: then nothing is said about differences. */
  readonly notANumber: boolean;
  readonly anyParameter: boolean;
  readonly firstLayer: boolean;
  /** ‖a − b‖ / ‖a‖ of the first layer's weights, in the Euclidean norm. */
  readonly relativeL2FirstLayer: number;
}

interface Screened {
  readonly seen: Observation;
  readonly decides: boolean;
}

export interface CellGraph {
  readonly network: Layer;
  /**
   * Inputs x [B, ...], labels i32 [B], the parameters, and the values at the kinks, `value relu.zero a`, `value relu.zero b` … Outputs `hits i`
   * and `forced i` of each place i, `a`, `b`: the first layer's gradients, and for each parameter how many elements of a are
   * `below`, `above` and the `same` as those of b; elements in none of these counts are NaN.
   */
  readonly sweeps: Graph;
  /** Inputs x and the parameters; outputs `hits i`, `forced i` and `check`, the sum of the logits: not finite if anything overflowed. */
  readonly screen: Graph;
  /** The kink of each place: "relu.zero". */
  readonly kinks: readonly string[];
  /** Elements of all pre-activations for one mini-batch. */
  readonly places: number;
  /** What the results of the sweeps show. */
  observe(results: Results): Observation;
  /** What the results of the screening show. It decides where no zero is hit: then both gradients are the same bits. */
  screened(results: Results): Screened;
}

export function cellGraph(
  config: NetworksConfig,
  cell: Parameters<typeof networkOf>[1] & Pick<ComparedCell, "precision" | "pairs">,
  shape: { readonly inputShape: ImageShape; readonly classes: number },
): CellGraph {
  const format = precisionOf(cell.precision).format;
  const network = networkOf(config, cell, shape);
  const { pairs } = cell;
  const { batchSize: batch, tie, kinks: otherKinks, chainRule } = config;
  const { output, parameters } = applyNetwork(network, input("x", format, [batch, ...shape.inputShape]));
  const loss = crossEntropy(output, input("labels", "i32", [batch]));
  // those of activations: without ties in max-pooling
  const all = kinkSites([loss]).filter(({ at }) => at !== undefined);
  const sites = all.filter(({ kink }) => Object.hasOwn(pairs, kink));
  const [a, b] = ARMS.map((arm) => {
    const chosen = Object.keys(pairs).map((name) => [name, input(kinkInput(name, arm), format, [])]);
    const kinks = { "maxPool.tie": tie, ...Object.fromEntries(chosen) };
    return gradient(loss, [...parameters.values()], { kinks, otherKinks, chainRule });
  }) as [Value[], Value[]];
  const names = [...parameters.keys()];
  const forced = sites.map(({ operand, at }) => (at === 0 ? countForced(operand) : undefined));
  const zeros = {
    ...Object.fromEntries(sites.map((site, i) => [`hits ${i}`, kinkHits(site)])),
    ...Object.fromEntries(forced.flatMap((value, i) => (value ? [[`forced ${i}`, value]] : []))),
  };
  const compared: Record<string, Value>[] = names.map((name, i) => comparison(name, a[i]!, b[i]!));
  const sweeps = Object.assign({ ...zeros, a: a[0]!, b: b[0]! }, ...compared);
  return {
    network,
    sweeps: graph(sweeps, `two sweeps through ${cell.network}`),
    screen: graph({ ...zeros, check: ops.reduceSum(output) }, `screening of ${cell.network}`),
    kinks: sites.map(({ kink }) => kink),
    // an activation with two kinks is listed twice
    places: [...new Set(all.map(({ operand }) => operand))].reduce((sum, { shape: own }) => sum + size(own), 0),
    observe: (results) => observe(results, network, sites.length),
    screened: (results) => screened(results, sites.length),
  };
}

const comparison = (name: string, a: Value, b: Value): Record<string, Value> => ({
  [`below ${name}`]: ops.count(ops.less(a, b)),
  [`above ${name}`]: ops.count(ops.greater(a, b)),
  [`same ${name}`]: ops.count(ops.equal(a, b)),
});

const number = (results: Results, name: string) => results[name]?.data[0] ?? 0;
const counts = (results: Results, what: string, sites: number) =>
  Array.from({ length: sites }, (_, i) => number(results, `${what} ${i}`));

function screened(results: Results, sites: number): Screened {
  const hits = counts(results, "hits", sites);
  const decides = hits.every((n) => n === 0) && Number.isFinite(number(results, "check"));
  const same = { notANumber: false, anyParameter: false, firstLayer: false, relativeL2FirstLayer: 0 };
  return { decides, seen: { hits, forced: counts(results, "forced", sites), ...same } };
}

function observe(results: Results, { parameters }: Layer, sites: number): Observation {
  const total = (what: string) => parameters.reduce((sum, { name }) => sum + number(results, `${what} ${name}`), 0);
  const differing = total("below") + total("above");
  const elements = parameters.reduce((sum, { shape }: { shape: Shape }) => sum + size(shape), 0);
  const notANumber = differing + total("same") < elements;
  const first = compareGradients({ "a first": results.a!, "b first": results.b! }, ["first"]);
  const firstLayer = ["below", "above"].map((what) => number(results, `${what} ${parameters[0]!.name}`));
  return {
    hits: counts(results, "hits", sites),
    forced: counts(results, "forced", sites),
    notANumber,
    anyParameter: !notANumber && differing > 0,
    firstLayer: !notANumber && firstLayer[0]! + firstLayer[1]! > 0,
    relativeL2FirstLayer: first.relativeL2FirstLayer,
  };
}

/** The values at the kinks, for both sweeps; those that the graph does not ask for are left out. */
export function kinkFeeds(sweeps: Graph, pairs: Pairs): Feeds {
  const feeds = Object.entries(pairs).flatMap(([name, pair]) =>
    ARMS.map((arm, i) => [kinkInput(name, arm), pair[i]!] as const),
  );
  const asked = Object.entries(inputsOf(sweeps, Object.fromEntries(feeds)));
  return Object.fromEntries(asked.map(([name, x]) => [name, tensor(sweeps.inputs.get(name)!.format, x)]));
}
