/**
 * A trained network for other programs: an ONNX file that any ONNX Runtime loads, using only standard operators of opset 21
 * (https://onnx.ai/onnx/operators/), and its weights without the rest of a training's state.
 */
import { cpuTarget, toOnnx } from "../engines";
import { formatPair } from "../formats";
import { type Graph, graph, input, type Shape, type Tensor } from "../ir";
import { applyNetwork, bufferInputs, type Layer, parameterInputs } from "../nn";
import { ops } from "../ops";
import { networkWeights } from "../optim";
import { fail, writeNamed } from "../util";
import type { TrainingPrecision } from "./programs";
import type { Tensors } from "./safetensors";
import type { TrainingState } from "./state";

export interface OnnxExport {
  /** Of one image: [height, width, channels]. */
  readonly shape: Shape;
  /** Images in a run; default 1. */
  readonly batch?: number;
  readonly precision: TrainingPrecision;
  /** Name of the network in the description; default `network`. */
  readonly name?: string;
  /** More texts by key: mean and standard deviation of the images, the dataset. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A network in evaluation mode as the bytes of an ONNX file, its weights inside: input `x` [batch, height, width, channels],
 * normalised as in training, channels last; output `logits` [batch, classes].
 *
 * Inputs and outputs are f64 in precision f64 and f32 in all others. In `f16` they hold numbers of f16, and every result
 * within is rounded to f16, as in training; `x` has to be rounded by the caller, as `tensor("f16", …)` does. In `mixed` the
 * weights are the masters in f32, rounded where they are used, and the same holds for `x`.
 *
 * @param tensors parameters and buffers by name, in the formats of the precision; a training's state may be given whole
 * @throws NonsmoothError if a parameter or a buffer is missing or has another type
 * @example
 * ```ts
 * import { createNetwork, exportOnnx, initialise, stream } from "nonsmooth";
 *
 * const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [4] });
 * const weights = initialise(network, "f32", stream(1, "weights")); // or the tensors of a training's state
 * const bytes = exportOnnx(network, weights, { shape: [28, 28, 1], batch: 8, precision: 32 });
 * console.log(bytes.length > 12_000); // true
 * ```
 */
export function exportOnnx(network: Layer, tensors: Tensors, options: OnnxExport): Uint8Array {
  const { name = "network", precision, metadata } = options;
  const evaluation = logitsGraph(network, options);
  const documentation =
    `${name} in evaluation mode, ${precision}. Input x: images [batch, height, width, channels], normalised as in training. ` +
    "Output logits: [batch, classes].";
  const { bytes } = toOnnx(evaluation, cpuTarget(), {
    bound: boundTo(evaluation, tensors),
    namedOutputs: true,
    documentation,
    metadata: {
      producer: "nonsmooth",
      network: name,
      precision: String(precision),
      layout: "channels last",
      normalisation: "images are expected normalised as in training",
      ...metadata,
    },
  });
  return bytes;
}

/**
 * Writes the file that `exportOnnx` makes: beside its place, then renamed.
 *
 * @example
 * ```ts
 * import { mkdtempSync, statSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createNetwork, initialise, stream, writeOnnx } from "nonsmooth";
 *
 * const network = createNetwork("mlp", { inputShape: [28, 28, 1], classes: 10, widths: [4] });
 * const weights = initialise(network, "f32", stream(1, "weights")); // or the tensors of a training's state
 * const file = join(mkdtempSync(join(tmpdir(), "network-")), "mlp.onnx");
 * writeOnnx(file, network, weights, { shape: [28, 28, 1], precision: 32, name: "mlp", metadata: { dataset: "glyphs" } });
 * console.log(statSync(file).size > 12_000); // true
 * ```
 */
export function writeOnnx(path: string, network: Layer, tensors: Tensors, options: OnnxExport): void {
  writeNamed(path, exportOnnx(network, tensors, options));
}

/**
 * Parameters and buffers of a training's state, without the optimizer's: what `writeSafetensors` takes.
 *
 * @example
 * ```ts
 * import { createEngine, createLoader, createNetwork, glyphs, runTraining, sgd, weightsOf } from "nonsmooth";
 *
 * const data = createLoader({ dataset: glyphs({ split: "train", count: 100 }), batchSize: 50, worker: false });
 * const network = createNetwork("mlp", { inputShape: data.shape, classes: 10, widths: [8] });
 * const optimizer = sgd({ lr: 0.1, momentum: 0.9 });
 * const { state } = await runTraining({ network, data, engine: createEngine(), optimizer, precision: 32, epochs: 1, seed: 1 });
 * console.log(Object.keys(state.tensors).length, Object.keys(weightsOf(state, network))); // 8 [ 'fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias' ]
 * ```
 */
export function weightsOf({ tensors }: Pick<TrainingState, "tensors">, network: Layer): Record<string, Tensor> {
  const kept = [...network.parameters, ...network.buffers];
  return Object.fromEntries(kept.map(({ name }) => [name, found(name, tensors)]));
}

function logitsGraph(network: Layer, { shape, batch = 1, precision, name = "network" }: OnnxExport): Graph {
  const formats = formatPair(precision);
  const x = input("x", formats.format, [batch, ...shape]);
  const parameters = networkWeights(parameterInputs(network, formats.state), formats);
  const buffers = bufferInputs(network, formats.state);
  const { output } = applyNetwork(network, x, { mode: "eval", parameters, buffers });
  return graph({ logits: ops.cast(output, formats.state) }, name);
}

function boundTo({ inputs }: Graph, tensors: Tensors): Record<string, Tensor> {
  const names = [...inputs.keys()].filter((name) => name !== "x");
  return Object.fromEntries(names.map((name) => [name, found(name, tensors)]));
}

const found = (name: string, tensors: Tensors): Tensor =>
  Object.hasOwn(tensors, name)
    ? tensors[name]!
    : fail("tensors", `must hold ${name}`, Object.keys(tensors), "they are from another network");
