/** The programs of a cell: the forward pass that looks for exact zeros, and the two backward sweeps after a hit. */
import { type ChainRule, gradient, kinkHits, kinkInput, kinkSites, replicate } from "../../autodiff";
import type { Dataset } from "../../data";
import type { Engine, Feeds, Program } from "../../engines";
import { type FormatName, precisionOf, type UniformId } from "../../formats";
import { type Graph, graph, input, size, tensor, type Value } from "../../ir";
import { applyNetwork, crossEntropy, type Layer, mlp } from "../../nn";
import { ops } from "../../ops";
import { Latest } from "../common/latest";

/** A network and batch size in one precision. */
export interface Perceptron {
  readonly precision: UniformId;
  /** Neurons in each hidden layer, and the number of hidden layers. */
  readonly width: number;
  readonly depth: number;
  readonly batchSize: number;
}

export const perceptronKey = ({ precision, width, depth, batchSize }: Perceptron): string =>
  [precision, width, depth, batchSize].join("/");

/** Compiled when first asked for, each for a number of networks at a time. */
export interface CellPrograms {
  readonly engine: Engine;
  readonly network: Layer;
  /** Hidden layers, and the names of the parameters, the first layer's weights first. */
  readonly layers: number;
  readonly parameters: readonly string[];
  /** In which the networks compute. */
  readonly format: FormatName;
  /**
   * Inputs `x 0`, `x 1`, … (mini-batches) and the parameters; for mini-batch k outputs `hits 1 of k`, `hits 2 of k`, … (exact zeros of each
   * hidden layer's pre-activation) and `check of k`, the sum of the logits, which is not finite if anything overflowed or became
   * NaN. Where there are several networks, parameters and outputs are [networks, ...].
   */
  screen(networks: number, batches: number): Promise<Program>;
  /** Inputs `x`, `labels`, `valuesAtKink` and the parameters; outputs the hits, and `a …`, `b …`: the gradients of every parameter. */
  sweeps(networks: number, chainRule: ChainRule): Promise<Program>;
  /** Inputs the gradients of several networks and `place`, i32[1]; outputs those of the one at that place. */
  pick(networks: number): Promise<Program>;
  /** Inputs the parameters of several networks and `places`, i32[few]; outputs those of the networks at these places. */
  choose(networks: number, few: number): Promise<Program>;
  dispose(): Promise<void>;
}

const KINK = "relu.zero";

/** The values of ReLU'(0), one for each sweep. */
export const valuesAtKink = (format: FormatName, [a, b]: readonly [number, number]): Feeds => ({
  [kinkInput(KINK, "a")]: tensor(format, a),
  [kinkInput(KINK, "b")]: tensor(format, b),
});

/** The programs of the latest cell: jobs come cell by cell. */
export const latestPrograms = (
  engine: Engine,
  { shape, classes }: Pick<Dataset, "shape" | "classes">,
  rules: { readonly firstActivation: boolean },
) => new Latest(perceptronKey, (cell) => compileCell(engine, cell, size(shape), classes, rules));

/** @param firstActivation whether a ReLU follows the first hidden layer */
export function compileCell(
  engine: Engine,
  cell: Perceptron,
  features: number,
  classes: number,
  { firstActivation }: { readonly firstActivation: boolean },
): CellPrograms {
  const format = precisionOf(cell.precision).format;
  const hidden = new Array<number>(cell.depth).fill(cell.width);
  const network = mlp({ inputs: features, hidden, classes, firstActivation });
  const batch = (name: string) => input(name, format, [cell.batchSize, features]);
  const { output: logits, parameters } = applyNetwork(network, batch("x"));
  const names = [...parameters.keys()];
  const loss = crossEntropy(logits, input("labels", "i32", [cell.batchSize]));

  const hitsOf = (result: Value, end = ""): Record<string, Value> =>
    Object.fromEntries(sitesOf(result).map((site, i) => [`hits ${i + 1}${end}`, kinkHits(site)]));
  const hits = hitsOf(loss);
  /** The forward passes of a network on so many mini-batches. */
  const screening = (batches: number): Record<string, Value> =>
    Object.assign(
      {},
      ...Array.from({ length: batches }, (_, k) => {
        const { output } = applyNetwork(network, batch(`x ${k}`), { parameters });
        return { ...hitsOf(output, ` of ${k}`), [`check of ${k}`]: ops.reduceSum(output) };
      }),
    );
  const sweep = (name: string, chainRule: ChainRule): Record<string, Value> => {
    const kinks = { [KINK]: input(kinkInput(KINK, name), format, []) };
    const gradients = gradient(loss, [...parameters.values()], { kinks, chainRule });
    return Object.fromEntries(names.map((parameter, i) => [`${name} ${parameter}`, gradients[i]!]));
  };
  const sweeps = (chainRule: ChainRule) => ({ ...hits, ...sweep("a", chainRule), ...sweep("b", chainRule) });

  const many = (outputs: Record<string, Value>, networks: number, name: string): Graph =>
    graph(networks === 1 ? outputs : replicate(outputs, { replicas: networks, inputs: names }), name);
  const { get, dispose } = compiledOnce(engine);
  return {
    engine,
    network,
    format,
    layers: sitesOf(loss).length,
    parameters: names,
    screen: (networks, batches) =>
      get(`screen ${networks} × ${batches}`, (name) => many(screening(batches), networks, name)),
    sweeps: (networks, chainRule) =>
      get(`sweeps ${networks} ${chainRule}`, (name) => many(sweeps(chainRule), networks, name)),
    pick: (networks) => get(`pick ${networks}`, (name) => pickGraph(parameters, networks, name)),
    choose: (networks, few) =>
      get(`choose ${few} of ${networks}`, (name) => chooseGraph(parameters, [networks, few], name)),
    dispose,
  };
}

/** The names of the gradients of both sweeps. */
export const gradientNames = (parameters: readonly string[]): string[] =>
  parameters.flatMap((name) => [`a ${name}`, `b ${name}`]);

const sitesOf = (result: Value) => kinkSites([result]).filter(({ kink }) => kink === KINK);

function pickGraph(parameters: ReadonlyMap<string, Value>, networks: number, name: string): Graph {
  const place = input("place", "i32", [1]);
  const picked: Record<string, Value> = {};
  for (const [parameter, { format, shape }] of parameters) {
    for (const key of gradientNames([parameter])) {
      const own = ops.take(input(key, format, [networks, ...shape]), place); // [1, ...]
      picked[key] = ops.reshape(own, shape);
    }
  }
  return graph(picked, name);
}

function chooseGraph(
  parameters: ReadonlyMap<string, Value>,
  [networks, few]: readonly [number, number],
  name: string,
): Graph {
  const places = input("places", "i32", [few]);
  const chosen = [...parameters].map(([key, { format, shape }]) => {
    return [key, ops.take(input(key, format, [networks, ...shape]), places)] as const; // [few, ...]
  });
  return graph(Object.fromEntries(chosen), name);
}

function compiledOnce(engine: Engine) {
  const programs = new Map<string, Program>();
  return {
    async get(name: string, build: (name: string) => Graph): Promise<Program> {
      const program = programs.get(name) ?? (await engine.compile(build(name)));
      programs.set(name, program);
      return program;
    },
    async dispose(): Promise<void> {
      for (const program of programs.values()) await program.dispose();
      programs.clear();
    },
  };
}
