/** Convolutions as matrix products of windows: every window is a row, channels last. */
import type { ElementFormat } from "../../../formats";
import type { Shape } from "../../../ir";
import { type Builder, sumFormat } from "../builder";
import type { Cell } from "../cells";
import { storedAs } from "../code/numbers";
import { product } from "./products";
import { channelWidth, overWindows, pixels, places, splitPlace, type Windows, windowCount } from "./windows";

export interface Convolution {
  readonly windows: Windows;
  readonly features: number;
  readonly format: ElementFormat;
}

const rowsOf = ({ windows }: Convolution) => windows.batch * windowCount(windows);
const innerOf = ({ windows }: Convolution) => places(windows) * windows.channels;
const isPointwise = ({ windows: { kernel, stride, padding } }: Convolution) =>
  [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);

/** y [B·H'·W', F] = windows · wᵀ + bias */
export function forward(b: Builder, x: Cell, w: Cell, bias: Cell | undefined, c: Convolution): Cell {
  const { features, format } = c;
  return product(b, {
    a: { cell: columns(b, x, c), shape: [rowsOf(c), innerOf(c)] },
    b: { cell: w, shape: [features, innerOf(c)] },
    bias: bias && { cell: bias, shape: [features] },
    transposeA: false,
    transposeB: true,
    shape: [rowsOf(c), features],
    format,
  });
}

/** dw [F, kh·kw·C] = gᵀ · windows */
export function weightGradient(b: Builder, x: Cell, g: Cell, c: Convolution): Cell {
  return product(b, {
    a: { cell: g, shape: [rowsOf(c), c.features] },
    b: { cell: columns(b, x, c), shape: [rowsOf(c), innerOf(c)] },
    transposeA: true,
    transposeB: false,
    shape: [c.features, innerOf(c)],
    format: c.format,
  });
}

/** dx: the windows' gradients g · w, kept in the accumulator's format, summed over the windows that hold a pixel and rounded once. */
export function inputGradient(b: Builder, g: Cell, w: Cell, c: Convolution): Cell {
  const factors = {
    a: { cell: g, shape: [rowsOf(c), c.features] },
    b: { cell: w, shape: [c.features, innerOf(c)] },
    transposeA: false,
    transposeB: false,
    shape: [rowsOf(c), innerOf(c)] as Shape,
  };
  if (isPointwise(c)) return product(b, { ...factors, format: c.format });
  return images(b, product(b, { ...factors, format: sumFormat(c.format) }), c);
}

/** Every window as a row [B·H'·W', kh·kw·C]; zeros in the padding. */
function columns(b: Builder, x: Cell, c: Convolution): Cell {
  if (isPointwise(c)) return x;
  const { windows, format } = c;
  const { channels, grid, kernel, stride, padding, size } = windows;
  const { type, bytes } = storedAs(format);
  const width = channelWidth(channels, bytes);
  const groups = channels / width;
  const key = `columns ${[grid, kernel, stride, padding, size].join(" ")}`;
  return b.once(key, [x], () => {
    const body = [
      `const int c = t % ${groups}, k = t / ${groups} % ${places(windows)};`,
      `const index row = t / ${groups * places(windows)};`,
      splitPlace("row", grid, "u", "v"),
      `const int h = u * ${stride[0]} - ${padding[0]} + k / ${kernel[1]}, w = v * ${stride[1]} - ${padding[1]} + k % ${kernel[1]};`,
      `Pack<${type}, ${width}> q;`,
      `for (int j = 0; j < ${width}; j++) q.v[j] = 0;`,
      `if (h >= 0 && h < ${size[0]} && w >= 0 && w < ${size[1]}) q = load<${width}>(x0, ((b * ${size[0]} + h) * ${size[1]} + w) * ${groups} + c);`,
      `store<${width}>(y0, t, q);`,
    ].join("\n");
    const length = rowsOf(c) * innerOf(c);
    return b.kernel([x], [{ format, length }], { threads: length / width, body })[0]!;
  });
}

/** The sum of windows [B·H'·W', kh·kw·C] over the pixels that they share: [B, H, W, C]. */
function images(b: Builder, rows: Cell, c: Convolution): Cell {
  const { windows, format } = c;
  const { batch, channels, size, grid } = windows;
  const sum = storedAs(rows.format);
  const width = channelWidth(channels, sum.bytes);
  const groups = channels / width;
  const add = [
    `const auto p = load<${width}>(x0, (((b * ${grid[0]} + u) * ${grid[1]} + v) * ${places(windows)} + k) * ${groups} + c);`,
    `for (int j = 0; j < ${width}; j++) r0[j] += p.v[j];`,
  ].join("\n");
  const body = [
    `const int c = t % ${groups};`,
    `const index pixel = t / ${groups};`,
    splitPlace("pixel", size, "h", "w"),
    `${sum.carrier} r0[${width}];`,
    `for (int j = 0; j < ${width}; j++) r0[j] = 0;`,
    overWindows(windows, add),
  ].join("\n");
  const length = batch * pixels(windows) * channels;
  return b.kernel([rows], [{ format, length }], { threads: length / width, body, lanes: width })[0]!;
}
