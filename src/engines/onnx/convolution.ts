/**
 * Convolutions of images [B, H, W, C], each in the fastest way for its shape and format on the CPU:
 *
 *   columns   every window as a row (Gather), then one matrix product; any shape, any format
 *   blocked   ONNX Runtime's direct convolution on blocks of channels (NCHWc), f32, from 4 × 4 windows on
 *   dense     tiny images: a matrix of the weights for each window, without the products with padding
 *   places    weight gradients of small images: a product for each place of the kernel, without the padding again
 *
 * ONNX's own Conv has no f64 kernel on the CPU, and is slower than these in f32.
 */
import type { Shape } from "../../ir";
import { type AttributesOf, windowPixels } from "../../ops";
import { gatherRows, inRaster } from "./gather";
import type { Carrier, ModelBuilder } from "./model";

export interface Convolution {
  readonly carrier: Carrier;
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly features: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Windows along rows and columns. */
  readonly grid: readonly [number, number];
}

type Two = readonly [number, number];

/** Of images x, weights w and the result y, or of one of each where they are stacks [R, ...]. */
export function convolution(
  carrier: Carrier,
  shapes: readonly [x: Shape, w: Shape, y: Shape],
  { stride, padding }: AttributesOf<"conv2d">,
): Convolution {
  const [x, w, y] = shapes.map((shape) => shape.slice(-4)) as unknown as [Shape, Shape, Shape];
  return {
    carrier,
    batch: x[0]!,
    size: [x[1]!, x[2]!],
    channels: x[3]!,
    features: w[0]!,
    kernel: [w[1]!, w[2]!],
    stride: stride as unknown as Two,
    padding: padding as unknown as Two,
    grid: [y[1]!, y[2]!],
  };
}

const area = ([rows, columns]: Two) => rows * columns;
const isPointwise = ({ kernel, stride, padding }: Convolution) =>
  area(kernel) === 1 && area(stride) === 1 && padding[0] + padding[1] === 0;
const isDense = (model: ModelBuilder, { kernel, size, grid }: Convolution) =>
  !model.target.device && area(size) <= 4 && area(grid) <= 4 && area(kernel) > area(size);
const isBlocked = (model: ModelBuilder, { carrier, channels, features, grid, kernel }: Convolution) => {
  const block = model.target.convolutionBlock;
  const divisible = block > 0 && channels % block === 0 && features % block === 0;
  return carrier === "f32" && divisible && area(grid) >= 16 && area(kernel) > 1;
};
/** Whether the gradient with respect to the images is a convolution of the same kind: of flipped weights. */
const isFlippable = ({ stride, kernel, padding }: Convolution) =>
  area(stride) === 1 && kernel.every((k, i) => k > padding[i]!);
/** Whether at least a tenth of the products would be with padding, and single places make large enough products. */
const isPadded = (model: ModelBuilder, { channels, features, kernel, grid, size, stride, padding }: Convolution) => {
  const inside = windowPixels(size, { kernel, stride, padding }).reduce(
    (sum, own) => sum + own.filter((pixel) => pixel >= 0).length,
    0,
  );
  return !model.target.device && Math.min(channels, features) >= 64 && inside < 0.9 * area(kernel) * area(grid);
};

/** [B, rows, columns, F] */
export function forward(model: ModelBuilder, x: string, w: string, bias: string | undefined, c: Convolution): string {
  const shape = [c.batch, ...c.grid, c.features];
  if (!isPointwise(c) && !isDense(model, c) && isBlocked(model, c))
    return blocked(model, x, blockedWeights(model, w, c), bias, c);
  const product = isDense(model, c)
    ? denseForward(model, x, w, c)
    : model.node("Gemm", [columns(model, x, c), matrix(model, w, c)], { transB: 1 });
  const result = model.reshape(product, shape);
  return bias ? model.node("Add", [result, bias]) : result;
}

/** [B, H, W, C] */
export function inputGradient(model: ModelBuilder, g: string, w: string, c: Convolution): string {
  const shape = [c.batch, ...c.size, c.channels];
  const rows = model.reshape(g, [c.batch * area(c.grid), c.features]);
  if (isPointwise(c)) return model.reshape(model.node("Gemm", [rows, matrix(model, w, c)]), shape);
  if (isDense(model, c)) return model.reshape(denseInputGradient(model, g, w, c), shape);
  const flipped: Convolution = {
    ...c,
    size: c.grid,
    grid: c.size,
    channels: c.features,
    features: c.channels,
    padding: [c.kernel[0] - 1 - c.padding[0], c.kernel[1] - 1 - c.padding[1]],
  };
  if (isFlippable(c) && isBlocked(model, flipped)) {
    return blocked(model, g, flippedWeights(model, w, c), undefined, flipped);
  }
  return model.reshape(gatherInputGradient(model, g, w, c), shape);
}

/** [F, kh, kw, C] */
export function weightGradient(model: ModelBuilder, x: string, g: string, c: Convolution): string {
  const shape = [c.features, ...c.kernel, c.channels];
  if (isDense(model, c)) return model.reshape(denseWeightGradient(model, x, g, c), shape);
  if (isPadded(model, c)) return model.reshape(placesWeightGradient(model, x, g, c), shape);
  const rows = columns(model, x, c); // [M, inner]
  const gradient = model.reshape(g, [c.batch * area(c.grid), c.features]); // [M, F]
  // transpose the small result, not one of the long operands
  const product = model.node("Gemm", [rows, gradient], { transA: 1 }); // [inner, F]
  return model.reshape(model.transpose(product, [1, 0]), shape);
}

/** The weights as [F, kh·kw·C]. */
const matrix = (model: ModelBuilder, w: string, { features, kernel, channels }: Convolution) =>
  model.reshape(w, [features, area(kernel) * channels]);

/** The windows as rows: [B · windows, kh·kw·C]. */
function columns(model: ModelBuilder, x: string, c: Convolution): string {
  const inner = area(c.kernel) * c.channels;
  const windows = c.batch * area(c.grid);
  if (isPointwise(c)) return model.reshape(x, [windows, inner]);
  const pixels = model.reshape(x, [c.batch, area(c.size), c.channels]);
  const rows = gatherRows(model, pixels, [c.batch, area(c.size), c.channels], windowPixels(c.size, c), c.carrier);
  return model.reshape(rows, [windows, inner]);
}

/**
 * The pixels fall into classes by their remainders modulo the stride; the pixels of a class are reached by the same places
 * of the kernel, so each class is one product, and no product meets the zeros between strides.
 */
function gatherInputGradient(model: ModelBuilder, g: string, w: string, c: Convolution): string {
  const { batch, size, kernel, features, channels, carrier } = c;
  const windows = model.reshape(g, [batch, area(c.grid), features]);
  const weights = model.reshape(w, [features, area(kernel), channels]);
  const parts = pixelClasses(c).map(({ pixels, places, table }) => {
    const rows = gatherRows(model, windows, [batch, area(c.grid), features], table, carrier);
    const taken = model.node("Gather", [weights, model.integers(places)], { axis: 1 }); // [F, places, C]
    const factor = model.reshape(model.transpose(taken, [1, 0, 2]), [places.length * features, channels]);
    const flat = model.reshape(rows, [batch * pixels.length, places.length * features]);
    return { pixels, rows: model.reshape(model.node("Gemm", [flat, factor]), [batch, pixels.length, channels]) };
  });
  return inRaster(model, parts, [batch, area(size), channels], carrier);
}

function pixelClasses(c: Convolution) {
  const { size, kernel, stride, padding, grid } = c;
  return range(area(stride)).flatMap((remainder) => {
    const [ry, rx] = [Math.floor(remainder / stride[1]), remainder % stride[1]];
    const places = range(area(kernel)).filter(
      (k) => Math.floor(k / kernel[1]) % stride[0] === ry && (k % kernel[1]) % stride[1] === rx,
    );
    const pixels = range(area(size)).filter((q) => {
      const [y, x] = [Math.floor(q / size[1]), q % size[1]];
      return (y + padding[0]) % stride[0] === ry && (x + padding[1]) % stride[1] === rx;
    });
    if (places.length === 0 || pixels.length === 0) return [];
    const table = pixels.map((q) =>
      Int32Array.from(places, (k) => {
        const row = (Math.floor(q / size[1]) + padding[0] - Math.floor(k / kernel[1])) / stride[0];
        const column = ((q % size[1]) + padding[1] - (k % kernel[1])) / stride[1];
        return row >= 0 && row < grid[0] && column >= 0 && column < grid[1] ? row * grid[1] + column : -1;
      }),
    );
    return [{ pixels, places, table }];
  });
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** For each window its weights as a matrix [F, H·W·C], zero outside the window. */
function denseWeights(model: ModelBuilder, w: string, c: Convolution): string[] {
  const { features, channels, size, kernel, carrier } = c;
  const places = model.reshape(w, [features, area(kernel), channels]);
  return windowPixels(size, c).map((pixels) => {
    const table = range(area(size)).map((pixel) => Int32Array.of(pixels.indexOf(pixel)));
    const shape = [features, area(kernel), channels] as const;
    const rows = gatherRows(model, places, shape, table, carrier);
    return model.reshape(rows, [features, area(size) * channels]);
  });
}

function denseForward(model: ModelBuilder, x: string, w: string, c: Convolution): string {
  const rows = model.reshape(x, [c.batch, area(c.size) * c.channels]);
  const results = denseWeights(model, w, c).map((weights) => model.node("Gemm", [rows, weights], { transB: 1 }));
  return results.length === 1 ? results[0]! : model.node("Concat", results, { axis: 1 });
}

/** One window or pixel of [B, n, C], as [B, C]. */
const slice = (model: ModelBuilder, x: string, i: number) =>
  model.node("Gather", [x, model.constant("i64", [i])], { axis: 1 });

function denseInputGradient(model: ModelBuilder, g: string, w: string, c: Convolution): string {
  const windows = model.reshape(g, [c.batch, area(c.grid), c.features]);
  return denseWeights(model, w, c).reduce((sum: string | undefined, weights, window) => {
    const operands = [slice(model, windows, window), weights];
    return model.node("Gemm", sum ? [...operands, sum] : operands);
  }, undefined) as string;
}

/** Each place of the kernel from the windows and pixels that it joins. */
function denseWeightGradient(model: ModelBuilder, x: string, g: string, c: Convolution): string {
  const { batch, features, channels, size, grid, kernel, carrier } = c;
  const windows = model.reshape(g, [batch, area(grid), features]);
  const pixels = model.reshape(x, [batch, area(size), channels]);
  const reached = windowPixels(size, c);
  const parts = range(area(kernel)).map((place) => {
    const joined = range(area(grid)).filter((window) => reached[window]![place]! >= 0);
    if (joined.length === 0) return model.filled(carrier, 0, [features, 1, channels]);
    const rows = (source: string, at: readonly number[], width: number) =>
      model.reshape(model.node("Gather", [source, model.integers(at)], { axis: 1 }), [batch * at.length, width]);
    const left = model.transpose(rows(windows, joined, features), [1, 0]);
    const right = rows(
      pixels,
      joined.map((window) => reached[window]![place]!),
      channels,
    );
    return model.reshape(model.node("Gemm", [left, right]), [features, 1, channels]);
  });
  return model.node("Concat", parts, { axis: 1 });
}

/**
 * Each place of the kernel from the windows whose pixel there lies inside, with the batch innermost, so that any choice of
 * windows is a copy of long rows. ONNX Runtime copies rows with all threads, but permutes axes with one.
 */
function placesWeightGradient(model: ModelBuilder, x: string, g: string, c: Convolution): string {
  const { batch, features, channels, size, grid, kernel } = c;
  const [windows, pixels] = [area(grid), area(size)];
  const images = model.reshape(x, [batch * pixels, channels]);
  const gradients = model.transpose(model.reshape(g, [batch, windows * features]), [1, 0]); // [H'·W'·F, B]
  const taken = (source: string, rows: readonly number[]) =>
    model.node("Gather", [source, model.data("i32", [rows.length], Int32Array.from(rows))], { axis: 0 });
  const reached = windowPixels(size, c);
  const parts = range(area(kernel)).map((place) => {
    const joined = range(windows).filter((window) => reached[window]![place]! >= 0);
    const at = joined.map((window) => reached[window]![place]!);
    const left = range(features).flatMap((f) => joined.map((window) => window * features + f)); // [F, joined] rows
    const right = at.flatMap((pixel) => range(batch).map((image) => image * pixels + pixel)); // [joined, B] rows
    const n = joined.length * batch;
    const factors = [model.reshape(taken(gradients, left), [features, n]), taken(images, right)];
    return model.reshape(model.node("Gemm", factors), [features, 1, channels]);
  });
  return model.node("Concat", parts, { axis: 1 });
}

const NCHWC = "com.microsoft.nchwc";

// in two steps, for each of which ONNX Runtime has a fast kernel: the direct permutation takes four times as long
/** Weights [F, kh, kw, C] in blocks: [F/b, C/b, kh, kw, b of C, b of F]. */
function blockedWeights(model: ModelBuilder, w: string, { features, channels, kernel }: Convolution): string {
  const block = model.target.convolutionBlock;
  const split = model.reshape(w, [features / block, block, area(kernel) * channels]);
  const innermost = model.transpose(split, [0, 2, 1]); // [F/b, kh·kw·C, b of F]
  const blocks = model.reshape(innermost, [features / block, area(kernel), channels / block, block * block]);
  return model.reshape(model.transpose(blocks, [0, 2, 1, 3]), [features, channels, ...kernel]);
}

/** The kernel turned by 180°, features and channels exchanged, in blocks: [C/b, F/b, kh, kw, b of F, b of C]. */
function flippedWeights(model: ModelBuilder, w: string, { features, channels, kernel }: Convolution): string {
  const block = model.target.convolutionBlock;
  const rows = model.reshape(w, [features * area(kernel), channels / block, block]);
  const outermost = model.reshape(model.transpose(rows, [1, 0, 2]), [
    (channels / block) * (features / block),
    block,
    area(kernel),
    block,
  ]);
  const places = model.transpose(outermost, [0, 2, 1, 3]); // [C/b · F/b, kh·kw, b of F, b of C]
  const turned = model.node("Gather", [places, model.integers(range(area(kernel)).reverse())], { axis: 1 });
  return model.reshape(turned, [channels, features, ...kernel]);
}

function blocked(model: ModelBuilder, x: string, w: string, bias: string | undefined, c: Convolution): string {
  const [[kh, kw], [ph, pw]] = [c.kernel, c.padding];
  const images = model.node("ReorderInput", [x], { channels_last: 1 }, NCHWC);
  const attributes = { kernel_shape: [kh, kw], pads: [ph, pw, ph, pw], strides: c.stride, dilations: [1, 1], group: 1 };
  const result = model.node("Conv", bias ? [images, w, bias] : [images, w], attributes, NCHWC);
  return model.node("ReorderOutput", [result], { channels: c.features, channels_last: 1 }, NCHWC);
}
