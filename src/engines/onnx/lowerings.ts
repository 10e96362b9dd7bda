/** Each operation in nodes of ONNX (https://onnx.ai/onnx/operators/), chosen so that every provider has a kernel for them. */
import { formatOf, isNarrow } from "../../formats";
import { constantValue, isConstant, normalizeAxes, type Shape, type Value } from "../../ir";
import type { AttributesOf, OpName } from "../../ops";
import * as convolutions from "./convolution";
import type { ModelBuilder } from "./model";
import * as normalization from "./normalization";
import { number, pieceGradient } from "./pieces";
import * as pools from "./pooling";
import { matmul } from "./products";
import { roundedInDouble } from "./rounding";
import { oneByOne } from "./stacks";

/** Adds nodes for one value; returns the name of the result, which the caller rounds to the value's format. */
type Lowering<A> = (model: ModelBuilder, inputs: readonly string[], attributes: A, value: Value) => string;

const node =
  (opType: string): Lowering<unknown> =>
  (model, inputs) =>
    model.node(opType, inputs);

const reduction =
  (opType: string): Lowering<{ readonly axes: readonly number[] }> =>
  (model, [x], { axes }, value) => {
    if (axes.length === 0) return model.node("Identity", [x!]);
    const all = normalizeAxes(opType, axes, value.inputs[0]!.shape.length);
    return model.node(opType, [x!, model.integers(all)], { keepdims: 0 });
  };

/** The carrier of a value, and the shapes of its operands. */
const carrierOf = (model: ModelBuilder, value: Value) => model.target.carrier(value.format);
const shapeOf = (value: Value, i: number): Shape => value.inputs[i]!.shape;

const channels = (model: ModelBuilder, value: Value) =>
  normalization.channelsOf(carrierOf(model, value), shapeOf(value, 0));

/**
 * The sums of images [..., C] over all axes but the last, or of many networks' images [R, B, H, W, C] over all but the first and the last,
 * where the provider computes them as products; undefined for any other reduction.
 */
function sumsByProducts(
  model: ModelBuilder,
  { axes }: { readonly axes: readonly number[] },
  value: Value,
): normalization.Channels | undefined {
  const shape = shapeOf(value, 0);
  const gone = normalizeAxes("reduction", axes, shape.length).join();
  const leaves = (lead: number) => gone === [...shape.keys()].slice(lead, -1).join();
  const isStack = shape.length === 5 && leaves(1);
  if (!model.target.sumsByProducts || shape.length < 3 || !(isStack || leaves(0))) return undefined;
  return normalization.channelsOf(carrierOf(model, value), shape, isStack);
}

/** max(x, k); a NaN is passed on. */
const notBelow = (model: ModelBuilder, x: string, k: number, value: Value): string =>
  model.node("Where", [model.node("Less", [x, number(model, value, k)]), number(model, value, k), x]);

export const lowerings: { readonly [N in OpName]: Lowering<AttributesOf<N>> } = {
  add: node("Add"),
  sub: node("Sub"),
  mul: node("Mul"),
  div: node("Div"),
  neg: node("Neg"),
  exp: node("Exp"),
  log: node("Log"),
  sqrt: node("Sqrt"),
  relu: (model, [x], _, value) =>
    model.target.lacks.has("Relu") ? notBelow(model, x!, 0, value) : model.node("Relu", [x!]),
  abs(model, [x], _, value) {
    if (!model.target.lacks.has("Abs")) return model.node("Abs", [x!]);
    const zero = number(model, value, 0);
    // −0 passes the choice, and the sum turns it into 0
    const magnitude = model.node("Where", [model.node("Less", [x!, zero]), model.node("Neg", [x!]), x!]);
    return model.node("Add", [magnitude, zero]);
  },
  relu6(model, [x], _, value) {
    const [zero, six] = [number(model, value, 0), number(model, value, 6)];
    if (!model.target.lacks.has("Clip")) return model.node("Clip", [x!, zero, six]);
    return model.node("Where", [model.node("Greater", [x!, six]), six, notBelow(model, x!, 0, value)]);
  },
  leakyRelu(model, [x], { slope }, value) {
    const below = model.node("Mul", [x!, number(model, value, slope)]);
    return model.node("Where", [model.node("Less", [x!, number(model, value, 0)]), below, x!]);
  },
  equal: node("Equal"),
  less: node("Less"),
  greater: node("Greater"),
  select: node("Where"),
  oneHot(model, [labels], { classes }, value) {
    const column = model.node("Reshape", [labels!, model.integers([value.shape[0]!, 1])]);
    const indices = Array.from({ length: classes }, (_, k) => k);
    return model.node("Equal", [column, model.constant("i32", indices, [1, classes])]);
  },
  // a sum of ones in f32 is exact below 2^24
  count: (model, [x], attributes, value) =>
    model.cast(reduction("ReduceSum")(model, [model.cast(x!, "f32")], attributes, value), "i32"),
  cast(model, [x], { to }, value) {
    const { carrier } = model.target;
    const [from, target] = [carrier(value.inputs[0]!.format), carrier(to)];
    // ONNX Runtime's cast from f64 would round twice, through f32
    const twice = isNarrow(to) && from === "f64" && target !== "f64";
    return model.cast(twice ? roundedInDouble(model, x!, formatOf(to)) : x!, target);
  },
  reshape: (model, [x], { shape }) => model.node("Reshape", [x!, model.integers(shape)]),
  transpose: (model, [x], { permutation }) => model.transpose(x!, permutation),
  broadcast: (model, [x], { shape }) => model.node("Expand", [x!, model.integers(shape)]),
  take: (model, [x, indices]) => model.node("Gather", [x!, indices!], { axis: 0 }),
  reduceSum(model, [x], attributes, value) {
    const own = sumsByProducts(model, attributes, value);
    return own ? normalization.channelSum(model, x!, own) : reduction("ReduceSum")(model, [x!], attributes, value);
  },
  reduceMean(model, [x], attributes, value) {
    const own = sumsByProducts(model, attributes, value);
    return own ? normalization.channelMean(model, x!, own) : reduction("ReduceMean")(model, [x!], attributes, value);
  },
  matmul,
  logSoftmax(model, [x]) {
    if (!model.target.lacks.has("LogSoftmax")) return model.node("LogSoftmax", [x!], { axis: -1 });
    const over = (opType: string, y: string) => model.node(opType, [y, model.integers([-1])], { keepdims: 1 });
    const below = model.node("Sub", [x!, over("ReduceMax", x!)]);
    return model.node("Sub", [below, model.node("Log", [over("ReduceSum", model.node("Exp", [below]))])]);
  },
  pieceGradient,
  conv2d(model, inputs, attributes, value) {
    const shapes = [shapeOf(value, 0), shapeOf(value, 1), value.shape] as const;
    const c = convolutions.convolution(carrierOf(model, value), shapes, attributes);
    return oneByOne(model, inputs, value, [4, 4, 1], ([x, w, bias]) => convolutions.forward(model, x!, w!, bias, c));
  },
  conv2dInputGradient(model, inputs, attributes, value) {
    const shapes = [value.shape, shapeOf(value, 1), shapeOf(value, 0)] as const;
    const c = convolutions.convolution(carrierOf(model, value), shapes, attributes);
    return oneByOne(model, inputs, value, [4, 4], ([g, w]) => convolutions.inputGradient(model, g!, w!, c));
  },
  conv2dWeightGradient(model, inputs, attributes, value) {
    const shapes = [shapeOf(value, 0), value.shape, shapeOf(value, 1)] as const;
    const c = convolutions.convolution(carrierOf(model, value), shapes, attributes);
    return oneByOne(model, inputs, value, [4, 4], ([x, g]) => convolutions.weightGradient(model, x!, g!, c));
  },
  maxPool: (model, [x], window, value) => {
    const pooled = pools.maxPool(model, x!, pools.pooling(carrierOf(model, value), shapeOf(value, 0), window));
    return model.reshape(pooled, value.shape);
  },
  maxPoolGradient(model, inputs, window, value) {
    const tie = value.inputs[3]!;
    const known = isConstant(tie) && constantValue(tie) === 0 ? 0 : inputs[3]!;
    const pooling = pools.pooling(carrierOf(model, value), value.shape, window);
    return model.reshape(pools.maxPoolGradient(model, inputs, known, pooling), value.shape);
  },
  maxPoolTies(model, inputs, window, value) {
    const carrier = model.target.carrier(value.inputs[0]!.format);
    return model.reshape(
      pools.maxPoolTies(model, inputs, pools.pooling(carrier, shapeOf(value, 0), window)),
      value.shape,
    );
  },
  averagePool: (model, [x], window, value) => {
    const pooling = pools.pooling(carrierOf(model, value), shapeOf(value, 0), window);
    return model.reshape(pools.averagePool(model, x!, pooling), value.shape);
  },
  averagePoolGradient: (model, [g], window, value) => {
    const pooling = pools.pooling(carrierOf(model, value), value.shape, window);
    return model.reshape(pools.averagePoolGradient(model, g!, pooling), value.shape);
  },
  batchNorm: (model, inputs, { epsilon }, value) =>
    normalization.batchNorm(model, inputs, epsilon, channels(model, value)),
  batchNormInputGradient: (model, inputs, { epsilon }, value) =>
    normalization.inputGradient(model, inputs, epsilon, channels(model, value)),
  batchNormScaleGradient: (model, inputs, { epsilon }, value) =>
    normalization.scaleGradient(model, inputs, epsilon, channels(model, value)),
  batchVariance: (model, [x], _, value) => normalization.variance(model, x!, channels(model, value)),
  normalize: (model, inputs, { epsilon }, value) =>
    normalization.normalize(model, inputs, epsilon, carrierOf(model, value)),
};
