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

/** Writes the file that `exportOnnx` makes: beside its place, then renamed. */
export function writeOnnx(path: string, network: Layer, tensors: Tensors, options: OnnxExport): void {
  writeNamed(path, exportOnnx(network, tensors, options));
}

/** Parameters and buffers of a training's state, without the optimizer's: what `writeSafetensors` takes. */
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
