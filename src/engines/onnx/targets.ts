/** How each of ONNX Runtime's execution providers handles formats, and which kernels it lacks. */
import { type ElementFormat, type FormatName, formatOf, isFloat, isNarrow } from "../../formats";
import type { Value } from "../../ir";
import { recordOf } from "../../ops";
import type { Target } from "./model";
import { roundedInDouble } from "./rounding";

const carrierOf = (format: ElementFormat) => (isFloat(format) ? formatOf(format).carrier : format);
const arithmeticOf = (format: ElementFormat) => (isFloat(format) ? formatOf(format).arithmetic : format);

/** Whether a cast rounds to the format. Those to 8 bits are wrong above the largest number: 480 becomes 448, and 65504 a NaN in e5m2. */
const isByCast = (format: FormatName) => formatOf(format).encoding.bytes === 2;

/** Whether a value is a choice, a shape or a result of one rounding, rather than a sum or a transcendental function. */
const isElementary = ({ op }: Value): boolean => {
  const kind = recordOf(op.name)?.agreement.kind;
  return kind === "bitwise" || kind === "equal";
};

/**
 * On the CPU a narrow format is f32 with an explicit rounding after every node: ONNX Runtime has few half kernels there,
 * and keeps f32 between the nodes of a graph that is typed float16. Where f32 would round a result twice, it is computed in f64.
 */
export const cpuTarget = (convolutionBlock = 0): Target => ({
  carrier: carrierOf,
  within: (value, format) =>
    isElementary(value) && recordOf(value.op.name)!.rounds ? arithmeticOf(format) : carrierOf(format),
  round(model, x, format) {
    if (!isNarrow(format)) return x;
    const carrier = model.target.carrier(format);
    if (isByCast(format)) return model.cast(model.cast(x, format), carrier);
    const wide = (y: string) => roundedInDouble(model, y, formatOf(format));
    return carrier === "f64" ? wide(x) : model.cast(wide(model.cast(x, "f64")), carrier);
  },
  convolutionBlock,
  device: false,
  sumsByProducts: true,
  lacks: new Set(),
});

/** On a GPU these may be off by several units in the last place in f16. */
const WEBGPU_IN_SINGLE = new Set(["div", "sqrt"]);
/** On a GPU a comparison in f16 may take a subnormal number for 0. */
const compares = ({ op }: Value) => recordOf(op.name)?.compares === true;
/** Whether the kernels for a value keep the contract on f16 tensors; if not, it is computed in f32 and rounded once. */
const inHalf = (value: Value) => isElementary(value) && !compares(value) && !WEBGPU_IN_SINGLE.has(value.op.name);

/**
 * WebGPU: half precision uses f16 tensors, but its half-precision kernels would also sum in half precision. A condition would have to come back to the host before a branch
 * is taken. LogSoftmax, Sum and And have no kernel, Max takes two operands; Relu and Clip turn a NaN into a number.
 */
export const webgpuTarget: Target = {
  carrier: (format) => format,
  within: (value, format) => (inHalf(value) ? format : carrierOf(format)),
  round: (_, x) => x,
  convolutionBlock: 0,
  device: true,
  sumsByProducts: false,
  lacks: new Set(["And", "Clip", "If", "LogSoftmax", "Max", "Relu", "Sum"]),
};
