/** What each of ONNX Runtime's execution providers makes of formats, and which kernels it lacks. */
import { type ElementFormat, formats, isFloat, isNarrow } from "../../formats";
import type { Value } from "../../ir";
import { recordOf } from "../../ops";
import type { Target } from "./model";

const carrierOf = (format: ElementFormat) => (isFloat(format) ? formats[format].carrier : format);

/**
 * On the CPU half precision is f32 with an explicit rounding behind every node: ONNX Runtime has few half kernels there,
 * and keeps f32 between the nodes of a graph that is typed float16.
 */
export const cpuTarget = (convolutionBlock = 0): Target => ({
  carrier: carrierOf,
  round: (model, x, format) => (isNarrow(format) ? model.cast(model.cast(x, format), carrierOf(format)) : x),
  convolutionBlock,
  device: false,
  gemmAddsLast: false,
  sumsByProducts: "images",
  lacks: new Set(),
  inHalf: () => true,
});

/** Whether a value is a choice, a shape or a result of one rounding, not a sum and not a transcendental function. */
const isElementary = ({ op }: Value): boolean => {
  const kind = recordOf(op.name)?.agreement.kind;
  return kind === "bitwise" || kind === "equal";
};

/** On a GPU half precision is f16 tensors. */
const gpuTarget: Pick<Target, "carrier" | "round" | "convolutionBlock" | "device"> = {
  carrier: (format) => format,
  round: (_, x) => x,
  convolutionBlock: 0,
  device: true,
};

/** In f16 they may be off by units in the last place there. */
const WEBGPU_IN_SINGLE = new Set(["div", "sqrt"]);
/** In f16 a comparison may take a subnormal number for 0 there. */
const compares = ({ op }: Value) => recordOf(op.name)?.compares === true;

/**
 * WebGPU: its kernels of half precision would also sum in it. A condition would have to come back to the host before a branch
 * is taken. LogSoftmax, Sum and And have no kernel, Max takes two operands; Relu and Clip turn a NaN into a number.
 */
export const webgpuTarget: Target = {
  ...gpuTarget,
  gemmAddsLast: false,
  sumsByProducts: "never",
  lacks: new Set(["And", "Clip", "If", "LogSoftmax", "Max", "Relu", "Sum"]),
  inHalf: (value) => isElementary(value) && !compares(value) && !WEBGPU_IN_SINGLE.has(value.op.name),
};

const isContraction = ({ op }: Value) => recordOf(op.name)?.products !== undefined;
/** Gemm adds the bias of one product, not those of a stack. */
const hasSeparateBias = ({ op, inputs, shape }: Value) =>
  op.name === "matmul" && inputs.length === 3 && shape.length === 3;

/**
 * CUDA: cuBLAS accumulates products of f16 matrices in f32, and adds a bias to that sum. ONNX Runtime's ReduceSum over rows adds
 * with atomic operations, in whatever order the threads come; its Relu and Abs take the wrong sign of zero.
 */
export const cudaTarget: Target = {
  ...gpuTarget,
  gemmAddsLast: true,
  sumsByProducts: "rows",
  lacks: new Set(["Abs", "If", "Relu"]),
  inHalf: (value) => (isContraction(value) ? !hasSeparateBias(value) : isElementary(value)),
};
