/** Every operation, one file each. To add one: its file, and a line in each of the two lists. */
import { type Attributes, constant, type Operation } from "../ir";
import { abs, absOp } from "./abs";
import {
  type Activation,
  type ActivationDefinition,
  definedRecord,
  definedRecords,
  isDefined,
  makeActivation,
} from "./activation";
import { add, addOp } from "./add";
import { averagePool, averagePoolOp } from "./average-pool";
import { averagePoolGradient, averagePoolGradientOp } from "./average-pool-gradient";
import { batchNorm, batchNormOp } from "./batch-norm";
import { batchNormInputGradient, batchNormInputGradientOp } from "./batch-norm-input-gradient";
import { batchNormScaleGradient, batchNormScaleGradientOp } from "./batch-norm-scale-gradient";
import { batchVariance, batchVarianceOp } from "./batch-variance";
import { broadcast, broadcastOp } from "./broadcast";
import { cast, castOp } from "./cast";
import { conv2d, conv2dOp } from "./conv2d";
import { conv2dInputGradient, conv2dInputGradientOp } from "./conv2d-input-gradient";
import { conv2dWeightGradient, conv2dWeightGradientOp } from "./conv2d-weight-gradient";
import { count, countOp } from "./count";
import { detach, detachOp } from "./detach";
import { div, divOp } from "./div";
import { equal, equalOp } from "./equal";
import { exp, expOp } from "./exp";
import { greater, greaterOp } from "./greater";
import { hardSwish, hardSwishOp } from "./hard-swish";
import { hardTanh, hardTanhOp } from "./hard-tanh";
import { leakyRelu, leakyReluOp } from "./leaky-relu";
import { less, lessOp } from "./less";
import { log, logOp } from "./log";
import { logSoftmax, logSoftmaxOp } from "./log-softmax";
import { matmul, matmulOp } from "./matmul";
import { maxPool, maxPoolOp } from "./max-pool";
import { maxPoolGradient, maxPoolGradientOp } from "./max-pool-gradient";
import { maxPoolTies, maxPoolTiesOp } from "./max-pool-ties";
import { maximum, maximumOp } from "./maximum";
import { mul, mulOp } from "./mul";
import { neg, negOp } from "./neg";
import { normalize, normalizeOp } from "./normalize";
import { oneHot, oneHotOp } from "./one-hot";
import type { Op } from "./op";
import { pieceGradient, pieceGradientOp } from "./piece-gradient";
import { reduceMean, reduceMeanOp } from "./reduce-mean";
import { reduceSum, reduceSumOp } from "./reduce-sum";
import { relu, reluOp } from "./relu";
import { relu6, relu6Op } from "./relu6";
import { reshape, reshapeOp } from "./reshape";
import { select, selectOp } from "./select";
import { sqrt, sqrtOp } from "./sqrt";
import { sub, subOp } from "./sub";
import { take, takeOp } from "./take";
import { transpose, transposeOp } from "./transpose";

export type { Activation, ActivationDefinition } from "./activation";
export {
  type Agreement,
  type Case,
  type Convention,
  type Evaluation,
  type JointKink,
  type Kink,
  type Op,
  type Pieces,
  type Slope,
  slopeAt,
  type VjpContext,
} from "./op";
export { type ChainRule, chainRules } from "./piece-gradient";
export { windowPixels } from "./window";

/**
 * The operations as functions on values.
 *
 * @example
 * ```ts
 * import { createEngine, graph, input, ops, tensor } from "nonsmooth";
 *
 * const [x, y] = [input("x", "f32", [2]), input("y", "f32", [2])];
 * const program = await createEngine("onnx-cpu").compile(graph({ z: ops.maximum(ops.sub(x, y), ops.constant("f32", 0)) }));
 * const { z } = await program.run({ x: tensor("f32", [3, 1]), y: tensor("f32", [1, 3]) });
 * console.log(z!.data); // Float32Array(2) [ 2, 0 ]
 * ```
 */
export const ops = {
  constant,
  // arithmetic
  add,
  sub,
  mul,
  div,
  neg,
  exp,
  log,
  sqrt,
  detach,
  // kinks
  relu,
  abs,
  relu6,
  leakyRelu,
  hardTanh,
  hardSwish,
  maximum,
  pieceGradient,
  // choice
  equal,
  less,
  greater,
  select,
  oneHot,
  count,
  // shape and format
  cast,
  reshape,
  transpose,
  broadcast,
  take,
  // sums
  reduceSum,
  reduceMean,
  matmul,
  logSoftmax,
  // convolution and pooling, channels last
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  maxPool,
  maxPoolGradient,
  maxPoolTies,
  averagePool,
  averagePoolGradient,
  // normalisation
  batchNorm,
  batchNormInputGradient,
  batchNormScaleGradient,
  batchVariance,
  normalize,
};

export type Builders = typeof ops;

/** The records, by name. An engine's lowering table has the same keys, so the compiler reports a missing operation. */
export const records = {
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  neg: negOp,
  exp: expOp,
  log: logOp,
  sqrt: sqrtOp,
  detach: detachOp,
  relu: reluOp,
  abs: absOp,
  relu6: relu6Op,
  leakyRelu: leakyReluOp,
  hardTanh: hardTanhOp,
  hardSwish: hardSwishOp,
  maximum: maximumOp,
  pieceGradient: pieceGradientOp,
  equal: equalOp,
  less: lessOp,
  greater: greaterOp,
  select: selectOp,
  oneHot: oneHotOp,
  count: countOp,
  cast: castOp,
  reshape: reshapeOp,
  transpose: transposeOp,
  broadcast: broadcastOp,
  take: takeOp,
  reduceSum: reduceSumOp,
  reduceMean: reduceMeanOp,
  matmul: matmulOp,
  logSoftmax: logSoftmaxOp,
  conv2d: conv2dOp,
  conv2dInputGradient: conv2dInputGradientOp,
  conv2dWeightGradient: conv2dWeightGradientOp,
  maxPool: maxPoolOp,
  maxPoolGradient: maxPoolGradientOp,
  maxPoolTies: maxPoolTiesOp,
  averagePool: averagePoolOp,
  averagePoolGradient: averagePoolGradientOp,
  batchNorm: batchNormOp,
  batchNormInputGradient: batchNormInputGradientOp,
  batchNormScaleGradient: batchNormScaleGradientOp,
  batchVariance: batchVarianceOp,
  normalize: normalizeOp,
} as const;

export type OpName = keyof typeof records;

/**
 * The names of all operations, as the graph has them.
 *
 * @example
 * ```ts
 * import { opNames } from "nonsmooth";
 *
 * console.log(opNames.includes("conv2d"), opNames.slice(0, 3)); // true [ 'add', 'sub', 'mul' ]
 * ```
 */
export const opNames = Object.keys(records) as OpName[];

/** The attributes of an operation. */
export type AttributesOf<N extends OpName> = (typeof records)[N] extends Op<infer A> ? A : never;

/** The record behind a value's operation, or of a name; undefined for leaves. */
export function recordOf(op: string | Operation): Op<Attributes> | undefined {
  // one that was defined again has the name of another record by now
  if (typeof op !== "string" && isDefined(op)) return op;
  const name = typeof op === "string" ? op : op.name;
  return (Object.hasOwn(records, name) ? records[name as OpName] : definedRecord(name)) as Op<Attributes> | undefined;
}

/** All operations, those defined outside the library among them, and of these the ones that were defined again. */
export const allRecords = (): Op<Attributes>[] => [...opNames.map((name) => recordOf(name)!), ...definedRecords()];

/**
 * An activation of your own, with kinks that are named, counted and given values like those of the library: `gradient`, `kinkSites`, `train`
 * and `activation(…)` take it, and every engine computes it. Its name is known in this process only. Defining it again replaces it; networks that were
 * made before keep the earlier one.
 *
 *     const bump = defineActivation({
 *       name: "bump",
 *       kinks: [{ name: "low", at: -1 }, { name: "high", at: 1 }],
 *       slopes: [0, 1, 0],
 *       value: (x, ops) => ops.hardTanh(x),
 *     });
 *
 * `checkActivation` compares the slopes with the value, and every engine with the definition.
 *
 * @throws NonsmoothError for a name of the library's own, kinks out of order, too few or too many slopes, a value of another type than x
 *
 * @example
 * ```ts
 * import { defineActivation, input, kinkSites } from "nonsmooth";
 *
 * const hat = defineActivation({
 *   name: "hat",
 *   kinks: [{ name: "top", at: 0 }],
 *   slopes: [1, -1],
 *   value: (x, { neg, abs }) => neg(abs(x)),
 * });
 * const site = kinkSites([hat(input("x", "f32", [4]))])[0]!;
 * console.log(site.kink); // hat.top
 * ```
 */
export const defineActivation = (definition: ActivationDefinition): Activation =>
  makeActivation(definition, opNames, ops);
