/** Every operation, one file each. To add one: its file, and a line in each of the two lists. */
import { type Attributes, constant } from "../ir";
import { abs, absOp } from "./abs";
import { add, addOp } from "./add";
import { broadcast, broadcastOp } from "./broadcast";
import { cast, castOp } from "./cast";
import { count, countOp } from "./count";
import { div, divOp } from "./div";
import { equal, equalOp } from "./equal";
import { exp, expOp } from "./exp";
import { greater, greaterOp } from "./greater";
import { leakyRelu, leakyReluOp } from "./leaky-relu";
import { less, lessOp } from "./less";
import { log, logOp } from "./log";
import { logSoftmax, logSoftmaxOp } from "./log-softmax";
import { matmul, matmulOp } from "./matmul";
import { mul, mulOp } from "./mul";
import { neg, negOp } from "./neg";
import { oneHot, oneHotOp } from "./one-hot";
import type { Op } from "./op";
import { reduceMean, reduceMeanOp } from "./reduce-mean";
import { reduceSum, reduceSumOp } from "./reduce-sum";
import { relu, reluOp } from "./relu";
import { relu6, relu6Op } from "./relu6";
import { reshape, reshapeOp } from "./reshape";
import { select, selectOp } from "./select";
import { sqrt, sqrtOp } from "./sqrt";
import { sub, subOp } from "./sub";
import { transpose, transposeOp } from "./transpose";

export type { Agreement, Case, Evaluation, Kink, Op, Pieces, VjpContext } from "./op";

/** The operations as functions on values. */
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
  // kinks
  relu,
  abs,
  relu6,
  leakyRelu,
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
  // sums
  reduceSum,
  reduceMean,
  matmul,
  logSoftmax,
};

export type Builders = typeof ops;

/** The records, by name. An engine's lowering table has the same keys, so that a missing operation does not compile. */
export const records = {
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  neg: negOp,
  exp: expOp,
  log: logOp,
  sqrt: sqrtOp,
  relu: reluOp,
  abs: absOp,
  relu6: relu6Op,
  leakyRelu: leakyReluOp,
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
  reduceSum: reduceSumOp,
  reduceMean: reduceMeanOp,
  matmul: matmulOp,
  logSoftmax: logSoftmaxOp,
} as const;

export type OpName = keyof typeof records;

export const opNames = Object.keys(records) as OpName[];

/** The attributes of an operation. */
export type AttributesOf<N extends OpName> = (typeof records)[N] extends Op<infer A> ? A : never;

/** The record behind a value; undefined for leaves. */
export const recordOf = (name: string): Op<Attributes> | undefined =>
  records[name as OpName] as Op<Attributes> | undefined;
