/** What each of ONNX Runtime's execution providers makes of formats, and which kernels it lacks. */
import type { Target } from "./model";

/**
 * On the CPU half precision is f32 with an explicit rounding behind every node: ONNX Runtime has few half kernels there,
 * and keeps f32 between the nodes of a graph that is typed float16.
 */
export const cpuTarget = (convolutionBlock = 0): Target => ({
  carrier: (format) => (format === "f16" ? "f32" : format),
  round: (model, x, format) => (format === "f16" ? model.cast(model.cast(x, "f16"), "f32") : x),
  convolutionBlock,
  device: false,
  gemmAddsLast: false,
  sumsByProducts: "images",
  lacks: new Set(),
  halfSums: new Set(),
});

/** On a GPU half precision is f16 tensors: each kernel rounds its result. */
const gpuTarget: Omit<Target, "lacks" | "halfSums" | "gemmAddsLast" | "sumsByProducts"> = {
  carrier: (format) => format,
  round: (_, x) => x,
  convolutionBlock: 0,
  device: true,
};

/**
 * WebGPU: its kernels of half precision would also sum in it. A condition would have to come back to the host before a branch
 * is taken. LogSoftmax, Sum and And have no kernel, Max takes two operands; Relu and Clip turn a NaN into a number.
 */
export const webgpuTarget: Target = {
  ...gpuTarget,
  gemmAddsLast: false,
  sumsByProducts: "never",
  lacks: new Set(["And", "Clip", "If", "LogSoftmax", "Max", "Relu", "Sum"]),
  halfSums: new Set(),
};

/**
 * CUDA: cuBLAS accumulates products of f16 matrices in f32, and adds a bias to that sum. ONNX Runtime's ReduceSum over rows adds with atomic operations, in whatever order
 * the threads come.
 */
export const cudaTarget: Target = {
  ...gpuTarget,
  gemmAddsLast: true,
  sumsByProducts: "rows",
  lacks: new Set(["If"]),
  halfSums: new Set(["matmul", "conv2d", "conv2dInputGradient", "conv2dWeightGradient"]),
};
