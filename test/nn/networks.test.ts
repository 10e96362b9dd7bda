import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff";
import type { Results } from "../../src/engines";
import { graph, input, type Shape, size, type Tensor, tensor, type Value } from "../../src/ir";
import {
  applyNetwork,
  createNetwork,
  crossEntropy,
  initialise,
  type Layer,
  type Mode,
  type NetworkOptions,
} from "../../src/nn";
import { stream } from "../../src/util";
import { enginesIn } from "../helpers/engines";
import { fromTorch, numbers, parameterNumbers, toTorch } from "./formula";

interface Pass {
  readonly logits: readonly number[];
  readonly loss: number;
}

/** Sum, norm and four elements, in PyTorch's layout. */
type Summary = readonly number[];

interface Golden {
  readonly network: string;
  readonly options: Omit<NetworkOptions, "inputShape">;
  /** [B, C, H, W] */
  readonly images: readonly [number, number, number, number];
  readonly train: readonly [Pass, Pass];
  readonly gradients: Readonly<Record<string, Summary>>;
  readonly buffers: Readonly<Record<string, Summary>>;
  readonly eval: Pass & { readonly norms: Readonly<Record<string, number>> };
}

const { networks } = JSON.parse(readFileSync(join(__dirname, "golden", "networks.json"), "utf8")) as {
  networks: Golden[];
};
const named = networks.map((golden) => ({ title: `${golden.network} ${JSON.stringify(golden.options)}`, golden }));

describe.each(enginesIn("f16", "f32", "f64"))("in f64 on $id", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  it.each(named)("$title agrees with PyTorch", async ({ golden }) => {
    const [batch, channels, height, width] = golden.images;
    const net = createNetwork(golden.network, { ...golden.options, inputShape: [height, width, channels] });
    const run = async (mode: Mode, image: string, buffers: Record<string, Tensor>) => {
      const program = await engine.compile(passOf(net, mode, [batch, height, width, channels], golden.options.classes));
      const fed = { ...feeds(net, golden, image), ...buffers, ...(mode === "train" ? masks(net, batch) : {}) };
      const results = await program.run(fed);
      await program.dispose();
      return results;
    };
    const atFirst = buffersOf(net, initialise(net, "f64", stream(1)));
    const first = await run("train", "x1", atFirst);
    const second = await run("train", "x2", buffersOf(net, first));
    const evaluated = await run("eval", "x1", buffersOf(net, second));

    expectPass(first, golden.train[0]);
    expectPass(second, golden.train[1]);
    expect(net.parameters.map(({ name }) => name)).toEqual(Object.keys(golden.gradients));
    for (const { name, shape } of net.parameters)
      expectSummary(name, shape, second[`d ${name}`]!, golden.gradients[name]!);
    expect(net.buffers.map(({ name }) => name)).toEqual(Object.keys(golden.buffers));
    for (const { name, shape } of net.buffers) expectSummary(name, shape, second[name]!, golden.buffers[name]!);
    expectPass(evaluated, golden.eval);
    for (const [name, norm] of Object.entries(golden.eval.norms))
      expectNear(name, normOf(evaluated[`d ${name}`]!), norm, norm);
  });
});

/** Logits, loss, the gradients of all parameters, and in training the new buffers. */
function passOf(net: Layer, mode: Mode, shape: Shape, classes: number) {
  const { output, parameters, newBuffers } = applyNetwork(net, input("x", "f64", shape), { mode });
  expect(output.shape).toEqual([shape[0], classes]);
  const loss = crossEntropy(output, input("labels", "i32", [shape[0]!]));
  const gradients = gradient(loss, [...parameters.values()]);
  const outputs: [string, Value][] = [...parameters.keys()].map((name, i) => [`d ${name}`, gradients[i]!]);
  return graph({ logits: output, loss, ...Object.fromEntries([...outputs, ...newBuffers]) }, mode);
}

function feeds(net: Layer, { images, options }: Golden, image: string): Record<string, Tensor> {
  const [batch, channels, height, width] = images;
  const shape = [batch, height, width, channels];
  const x = fromTorch(shape)(numbers(image, size(shape)).map((v) => 4 * v));
  const labels = Array.from({ length: batch }, (_, b) => (3 * b + 1) % options.classes);
  const parameters = net.parameters.map(
    ({ name, shape }) => [name, tensor("f64", parameterNumbers(name, shape), shape)] as const,
  );
  return { ...Object.fromEntries(parameters), x: tensor("f64", x, shape), labels: tensor("i32", labels) };
}

function masks(net: Layer, batch: number): Record<string, Tensor> {
  const drawn = net.masks.map(({ name, rate, shape }) => {
    const kept = numbers(name, batch * size(shape)).map((v) => (v >= rate - 0.5 ? 1 : 0));
    return [name, tensor("bool", kept, [batch, ...shape])] as const;
  });
  return Object.fromEntries(drawn);
}

const buffersOf = (net: Layer, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(net.buffers.map(({ name }) => [name, tensors[name]!]));

function expectPass(results: Results, { logits, loss }: Pass) {
  const scale = Math.max(...logits.map(Math.abs));
  for (const [i, logit] of logits.entries()) expectNear(`logit ${i}`, results.logits!.data[i]!, logit, scale);
  expectNear("loss", results.loss!.data[0]!, loss, Math.max(loss, scale));
}

function expectSummary(name: string, shape: Shape, { data }: Tensor, [sum, norm, ...sample]: Summary) {
  const values = [...toTorch(shape, data)];
  const places = [0, 1, 2, 3].map((j) => Math.floor((j * (values.length - 1)) / 3));
  expectNear(
    `${name}, sum`,
    values.reduce((a, b) => a + b, 0),
    sum!,
    norm!,
  );
  expectNear(`${name}, norm`, Math.hypot(...values), norm!, norm!);
  for (const [j, place] of places.entries()) expectNear(`${name}, element ${place}`, values[place]!, sample[j]!, norm!);
}

const normOf = ({ data }: Tensor) => Math.hypot(...data);

/** The absolute part is for gradients that are 0 but for rounding: of a bias in front of a batch normalisation. */
function expectNear(what: string, actual: number, expected: number, scale: number) {
  expect(Math.abs(actual - expected), `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(1e-9 * scale + 1e-12);
}
