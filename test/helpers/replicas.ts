/** R networks in one program, and the same networks one by one. */
import { gradient, kinkHits, kinkInput, kinkSites, replicate, stackFeeds } from "../../src/autodiff";
import type { Engine } from "../../src/engines";
import type { FormatName } from "../../src/formats";
import { graph, input, type Tensor, type Value } from "../../src/ir";
import { applyNetwork, crossEntropy, type Layer } from "../../src/nn";
import { applyOptimizer, initialState, type Optimizer } from "../../src/optim";

export type Named = Readonly<Record<string, Value>>;
export type Feeds = Readonly<Record<string, Tensor>>;

export const range = (n: number) => Array.from({ length: n }, (_, r) => r);

/** The part of a stack that is network r's. */
function part({ data, shape, format }: Tensor, r: number): Tensor {
  const length = data.length / shape[0]!;
  return { format, shape: shape.slice(1), data: data.slice(r * length, (r + 1) * length) };
}

const parts = (stacked: Feeds, r: number): Feeds =>
  Object.fromEntries(Object.entries(stacked).map(([name, x]) => [name, part(x, r)]));

async function runOn(engine: Engine, outputs: Named, feeds: Feeds): Promise<Feeds> {
  const program = await engine.compile(graph(outputs));
  const used = Object.entries(feeds).filter(([name]) => program.graph.inputs.has(name));
  const results = await program.run(Object.fromEntries(used));
  await program.dispose();
  return results;
}

/** The outputs for R networks, as a graph with a leading axis. */
export const manyOf = (outputs: Named, own: readonly Feeds[]): Named =>
  replicate(outputs, { replicas: own.length, inputs: Object.keys(own[0]!) });

/** Results of R networks in one program, network by network. */
export async function together(engine: Engine, outputs: Named, shared: Feeds, own: readonly Feeds[]): Promise<Feeds[]> {
  const results = await runOn(engine, manyOf(outputs, own), { ...shared, ...stackFeeds(own) });
  return own.map((_, r) => parts(results, r));
}

/** Results of the same networks, each in a program of its own. */
export async function alone(engine: Engine, outputs: Named, shared: Feeds, own: readonly Feeds[]): Promise<Feeds[]> {
  const results: Feeds[] = [];
  for (const feeds of own) results.push(await runOn(engine, outputs, { ...shared, ...feeds }));
  return results;
}

export const both = async (engine: Engine, outputs: Named, shared: Feeds, own: readonly Feeds[]) => ({
  together: await together(engine, outputs, shared, own),
  alone: await alone(engine, outputs, shared, own),
});

/** One training step: loss, gradients for a fed ReLU'(0), kinks hit, running statistics, and the optimizer's update. */
export function step(network: Layer, x: Value, optimizer: Optimizer) {
  const applied = applyNetwork(network, x);
  const { parameters, buffers } = applied;
  const loss = crossEntropy(applied.output, input("labels", "i32", [x.shape[0]!]));
  const kinks = { "relu.zero": input(kinkInput("relu.zero"), x.format as FormatName, []) };
  const values = gradient(loss, [...parameters.values()], { kinks });
  const gradients = new Map([...parameters.keys()].map((name, i) => [name, values[i]!]));
  const update = applyOptimizer(optimizer, parameters, gradients);
  const outputs: Record<string, Value> = {
    loss,
    logits: applied.output,
    ...Object.fromEntries(kinkSites([loss]).map((site, i) => [`hits ${i}`, kinkHits(site)])),
    ...Object.fromEntries([...gradients].map(([name, g]) => [`d ${name}`, g])),
    ...Object.fromEntries([...applied.newBuffers, ...update.parameters, ...update.state]),
  };
  return { outputs, parameters, buffers, state: initialState(optimizer, parameters) };
}
