/** Each operation as arrays: formulas that kernels join, kernels of their own, and cuBLAS's products. */
import type { ElementFormat, FormatName } from "../../../formats";
import { normalizeAxes, type Shape, size, type Value } from "../../../ir";
import type { AttributesOf, OpName } from "../../../ops";
import { type Builder, sumFormat } from "../builder";
import type { Access, Cell, Formula, Operand } from "../cells";
import { perChannel, permuted, stretched, taken } from "../code/maps";
import { literal } from "../code/numbers";
import * as convolution from "./convolution";
import * as formulas from "./elementwise";
import * as normalization from "./normalization";
import * as pooling from "./pooling";
import { product } from "./products";
import { logSoftmax } from "./softmax";
import { moments, overRows, rowSum, sums } from "./sums";
import { windowsOf } from "./windows";

type Lowering<A> = (b: Builder, inputs: readonly Operand[], attributes: A, value: Value) => Cell;

/** Element by element, operands stretched. */
const elements =
  (formula: Formula, rounds = true): Lowering<unknown> =>
  (b, inputs, _, value) =>
    b.stretching(value, inputs, formula, rounds);

const formatOf = (value: Value) => value.format as FormatName;
const same = (cell: Cell): Access => ({ cell, map: "same" });

/** Whether all axes but the last are reduced, as in the statistics of channels. */
const isOverRows = ({ shape }: Operand, axes: readonly number[]): boolean =>
  shape.length > 1 && normalizeAxes("sum", axes, shape.length).join() === overRows(shape).axes.join();

/** A statistic of channels that is shared, in the accumulator's format; rounded here. */
const rounded = (b: Builder, value: Value, shared: Cell): Cell =>
  b.elementwise({ format: value.format, length: shared.length }, [same(shared)], formulas.same);

const reduction =
  (finish: (sum: string, n: string) => string): Lowering<{ readonly axes: readonly number[] }> =>
  (b, [x], { axes }, value) => {
    const format = sumFormat(x!.cell.format);
    const over = { shape: x!.shape, axes };
    const n = literal(format, x!.cell.length / size(value.shape));
    const finished = { format: value.format, formula: (sum: string) => finish(sum, n) };
    return sums(b, over, { operands: [same(x!.cell)], formulas: [([v]) => v!], format, finish: finished })[0]!;
  };

const batchOf = (value: Value, x: Operand, epsilon = 0) => ({
  x: x.cell,
  shape: x.shape,
  format: value.format,
  epsilon,
});

const pools = (images: Shape, windows: Shape, attributes: AttributesOf<"maxPool">, format: ElementFormat) => ({
  windows: windowsOf(images, windows, attributes),
  format,
});

/** @param shapes of images, weights and the convolution's result, each perhaps a stack */
const convolutionOf = (
  shapes: readonly [Shape, Shape, Shape],
  { stride, padding }: AttributesOf<"conv2d">,
  { format, shape }: Value,
): convolution.Convolution => {
  const [images, [features, ...kernel], windows] = shapes.map((own) => own.slice(-4)) as unknown as [
    Shape,
    Shape,
    Shape,
  ];
  return {
    windows: windowsOf(images, windows, { kernel: kernel.slice(0, 2), stride, padding }),
    features: features!,
    stack: shape.slice(0, -4),
    format,
  };
};

export const lowerings: { readonly [N in OpName]: Lowering<AttributesOf<N>> } = {
  add: elements(formulas.add),
  sub: elements(formulas.sub),
  mul: elements(formulas.mul),
  div: elements(formulas.div),
  neg: elements(formulas.neg, false),
  exp: elements(formulas.exp),
  log: elements(formulas.log),
  sqrt: elements(formulas.sqrt),
  detach: elements(formulas.detach, false),
  relu: elements(formulas.relu, false),
  abs: elements(formulas.abs, false),
  relu6: elements(formulas.clip(0, 6), false),
  hardTanh: elements(formulas.clip(-1, 1), false),
  hardSwish: elements(formulas.hardSwish),
  maximum: elements(formulas.maximum, false),
  leakyRelu: (b, inputs, attributes, value) =>
    b.stretching(value, inputs, formulas.leakyRelu(formatOf(value), attributes)),
  pieceGradient: (b, inputs, attributes, value) =>
    b.stretching(value, inputs, formulas.pieceGradient(formatOf(value), attributes)),
  equal: elements(formulas.equal, false),
  less: elements(formulas.less, false),
  greater: elements(formulas.greater, false),
  select: elements(formulas.select, false),
  oneHot(b, [labels], { classes }, value) {
    const column = stretched({ cell: labels!.cell, shape: [labels!.cell.length, 1] }, value.shape);
    const kind = { format: value.format, length: size(value.shape) };
    return b.elementwise(kind, [column], ([label], i) => `${label} == ${i} % ${classes}`, false);
  },
  count: reduction((sum) => sum),
  cast: (b, [x], { to }, value) => b.stretching(value, [x!], formulas.cast(x!.cell.format as FormatName, to), true),
  reshape: (_, [x]) => x!.cell,
  transpose: (b, [x], { permutation }, value) =>
    b.elementwise({ format: value.format, length: x!.cell.length }, [permuted(x!, permutation)], formulas.same, false),
  broadcast: elements(formulas.same, false),
  take: (b, [x, rows], _, value) =>
    b.elementwise(
      { format: value.format, length: size(value.shape) },
      [taken({ ...x!, cell: b.inMemory(x!.cell) }, b.inMemory(rows!.cell))],
      formulas.same,
      false,
    ),
  reduceSum(b, inputs, attributes, value) {
    const [x] = inputs as [Operand];
    const shared = isOverRows(x, attributes.axes) ? b.known<Cell>(rowSum(x.shape), [x.cell]) : undefined;
    return shared ? rounded(b, value, shared) : reduction((sum) => sum)(b, inputs, attributes, value);
  },
  reduceMean(b, inputs, attributes, value) {
    const [x] = inputs as [Operand];
    if (isOverRows(x, attributes.axes))
      return rounded(b, value, moments(b, x.cell, x.shape, sumFormat(x.cell.format)).mean);
    return reduction((sum, n) => `${sum} / ${n}`)(b, inputs, attributes, value);
  },
  matmul: (b, [x, y, bias], attributes, { shape, format }) =>
    product(b, { a: x!, b: y!, bias, ...attributes, shape, format }),
  logSoftmax: (b, [x], _, value) => logSoftmax(b, x!.cell, x!.shape.at(-1)!, value.format),
  conv2d: (b, inputs, attributes, value) =>
    convolution.forward(b, inputs, convolutionOf([inputs[0]!.shape, inputs[1]!.shape, value.shape], attributes, value)),
  conv2dInputGradient: (b, inputs, attributes, value) =>
    convolution.inputGradient(
      b,
      inputs,
      convolutionOf([value.shape, inputs[1]!.shape, inputs[0]!.shape], attributes, value),
    ),
  conv2dWeightGradient: (b, inputs, attributes, value) =>
    convolution.weightGradient(
      b,
      inputs,
      convolutionOf([inputs[0]!.shape, value.shape, inputs[1]!.shape], attributes, value),
    ),
  maxPool: (b, [x], window, value) => pooling.maxPool(b, x!.cell, pools(x!.shape, value.shape, window, value.format)),
  maxPoolGradient: (b, inputs, window, value) =>
    pooling.maxPoolGradient(
      b,
      inputs.map(({ cell }) => cell),
      pools(value.shape, inputs[1]!.shape, window, value.format),
    ),
  maxPoolTies: (b, [x, y], window) =>
    pooling.maxPoolTies(b, x!.cell, y!.cell, pools(x!.shape, y!.shape, window, x!.cell.format)),
  averagePool: (b, [x], window, value) =>
    pooling.averagePool(b, x!.cell, pools(x!.shape, value.shape, window, value.format)),
  averagePoolGradient: (b, [g], attributes, value) =>
    pooling.averagePoolGradient(b, g!.cell, pools(value.shape, g!.shape, attributes, value.format)),
  batchNorm: (b, [x, scale, shift], { epsilon }, value) =>
    normalization.batchNorm(b, batchOf(value, x!, epsilon), scale!.cell, shift!.cell),
  batchNormInputGradient: (b, [x, g, scale], { epsilon }, value) =>
    normalization.inputGradient(b, batchOf(value, x!, epsilon), g!.cell, scale!.cell),
  batchNormScaleGradient: (b, [x, g], { epsilon }, value) =>
    normalization.scaleGradient(b, batchOf(value, x!, epsilon), g!.cell),
  batchVariance: (b, [x], _, value) => normalization.variance(b, batchOf(value, x!)),
  normalize(b, [x, ...vectors], attributes, value) {
    const operands = [same(x!.cell), ...vectors.map(({ cell }) => perChannel(cell))];
    const kind = { format: value.format, length: x!.cell.length };
    return b.elementwise(kind, operands, formulas.normalize(formatOf(value), attributes));
  },
};
