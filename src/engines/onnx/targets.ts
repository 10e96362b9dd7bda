/** How each of ONNX Runtime's execution providers handles formats, and which kernels it lacks. */
import { type ElementFormat, formatOf, formats, isFloat, isNarrow } from "../../formats";
import type { Value } from "../../ir";
import { recordOf } from "../../ops";
import type { Target } from "./model";

const carrierOf = (format: ElementFormat) => (isFloat(format) ? formatOf(format).carrier : format);

/**
 * On the CPU half precision is f32 with an explicit rounding after every node: ONNX Runtime has few half kernels there,
 * and keeps f32 between the nodes of a graph that is typed float16.
 */
export const cpuTarget = (convolutionBlock = 0): Target => ({
  carrier: carrierOf,
  round: (model, x, format) => (isNarrow(format) ? model.cast(model.cast(x, format), carrierOf(format)) : x),
  convolutionBlock,
  device: false,
  sumsByProducts: true,
  lacks: new Set(),
  inHalf: () => true,
});

/** Whether a value is a choice, a shape or a result of one rounding, rather than a sum or a transcendental function. */
const isElementary = ({ op }: Value): boolean => {
  const kind = recordOf(op.name)?.agreement.kind;
  return kind === "bitwise" || kind === "equal";
};

/** On a GPU these may be off by several units in the last place in f16. */
const WEBGPU_IN_SINGLE = new Set(["div", "sqrt"]);
/** On a GPU a comparison in f16 may take a subnormal number for 0. */
const compares = ({ op }: Value) => recordOf(op.name)?.compares === true;

/**
 * WebGPU: half precision uses f16 tensors, but its half-precision kernels would also sum in half precision. A condition would have to come back to the host before a branch
 * is taken. LogSoftmax, Sum and And have no kernel, Max takes two operands; Relu and Clip turn a NaN into a number.
 */
export const webgpuTarget: Target = {
  carrier: (format) => format,
  round: (_, x) => x,
  convolutionBlock: 0,
  device: true,
  sumsByProducts: false,
  lacks: new Set(["And", "Clip", "If", "LogSoftmax", "Max", "Relu", "Sum"]),
  inHalf: (value) => isElementary(value) && !compares(value) && !WEBGPU_IN_SINGLE.has(value.op.name),
};
