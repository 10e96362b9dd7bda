/** A graph as a list of steps; each tensor is freed after its last use. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { formats } from "../../formats";
import { constantValue, type Graph, inputName, isConstant, isInput, type Value } from "../../ir";
import type { OpName } from "../../ops";
import { NonsmoothError } from "../../util";
import { deviceError } from "../device-error";
import type { Compiled, Feeds, Results } from "../engine";
import type { Device } from "./device";
import { lowerings } from "./lowerings";
import type { Model } from "./model";

interface Step {
  readonly run: (tensors: readonly TfTensor[], feeds: Feeds) => TfTensor;
  /** The values, by place in the graph, that are not needed after this step. */
  readonly dead: readonly number[];
}

export async function compile(device: Device, graph: Graph): Promise<Compiled> {
  const constants = new Map<string, TfTensor>();
  const places = new Map(graph.nodes.map((node, i) => [node, i]));
  const dead = lastUses(graph, places);
  const model = modelOf(device, constants);
  const steps = await device.compute(() =>
    graph.nodes.map((node, i): Step => ({ run: stepOf(device, model, node, places), dead: dead[i]! })),
  );
  return {
    async run(feeds, held) {
      const tensors: TfTensor[] = [];
      try {
        await device.compute(() => {
          for (const { run, dead } of steps) {
            tensors.push(run(tensors, feeds));
            for (const i of dead) tensors[i]!.dispose();
          }
        });
        return await collect(device, graph, (value) => tensors[places.get(value)!]!, held);
      } catch (error) {
        throw error instanceof NonsmoothError ? error : deviceError(`graph ${graph.name} on tfjs`, error);
      } finally {
        for (const tensor of tensors) tensor.dispose(); // disposing of it twice does nothing
      }
    },
    async release() {
      for (const tensor of constants.values()) tensor.dispose();
    },
  };
}

function modelOf({ tf, backend }: Device, constants: Map<string, TfTensor>): Model {
  const once = (key: string, make: () => TfTensor) => {
    // some constants are made in the first run, where everything but the result is freed
    if (!constants.has(key)) constants.set(key, tf.keep(make()));
    return constants.get(key)!;
  };
  return {
    tf,
    backend,
    number: (x) => once(Object.is(x, -0) ? "-0" : String(x), () => tf.scalar(x)),
    ones: (shape) => once(`ones ${shape}`, () => tf.ones([...shape])),
  };
}

/** Every step returns a new tensor, which the run frees. */
function stepOf(device: Device, model: Model, node: Value, places: ReadonlyMap<Value, number>): Step["run"] {
  const { tf } = device;
  if (isInput(node)) {
    const name = inputName(node);
    return (_, feeds) => device.fed(name, feeds[name]!);
  }
  if (isConstant(node)) {
    const number = constantValue(node);
    const constant = node.format === "f32" ? model.number(formats.f32.round(number)) : undefined;
    return () => constant?.clone() ?? tf.scalar(node.format === "bool" ? number !== 0 : number, dtypeOf(node));
  }
  const operands = node.inputs.map((operand) => places.get(operand)!);
  // biome-ignore lint/suspicious/noExplicitAny: the table's key and the attributes belong together by construction
  const run = lowerings[node.op.name as OpName](model, node.attributes as any, node);
  return (tensors) => {
    const inputs = operands.map((i) => tensors[i]!);
    const result = tf.tidy(() => run(inputs));
    return inputs.includes(result) ? result.clone() : result;
  };
}

const dtypeOf = ({ format }: Value) => (format === "bool" ? "bool" : "int32");

/** For each value, those (possibly itself) that nothing needs after it. */
function lastUses(graph: Graph, places: ReadonlyMap<Value, number>): number[][] {
  const last = graph.nodes.map((_, i) => i);
  for (const [i, node] of graph.nodes.entries()) for (const operand of node.inputs) last[places.get(operand)!] = i;
  const outputs = new Set(graph.outputs.values());
  const dead: number[][] = graph.nodes.map(() => []);
  for (const [i, node] of graph.nodes.entries()) if (!outputs.has(node)) dead[last[i]!]!.push(i);
  return dead;
}

async function collect(
  device: Device,
  graph: Graph,
  tensorOf: (value: Value) => TfTensor,
  held: ReadonlySet<string>,
): Promise<Awaited<ReturnType<Compiled["run"]>>> {
  const outputs = [...graph.outputs];
  const read = outputs.filter(([name]) => !held.has(name));
  const results: Results = Object.fromEntries(
    await Promise.all(
      read.map(async ([name, value]) => [name, await device.download(tensorOf(value), value)] as const),
    ),
  );
  const kept = outputs.filter(([name]) => held.has(name));
  const clones = await device.compute(() => kept.map(([, value]) => tensorOf(value).clone()));
  return {
    ...results,
    ...Object.fromEntries(kept.map(([name, value], i) => [name, device.held(clones[i]!, value)])),
  };
}
