/** Convolutions as matrix products of windows: every window is a row, channels last. */
import type { ElementFormat } from "../../../formats";
import { type Shape, size } from "../../../ir";
import { type Builder, sumFormat } from "../builder";
import type { Cell, Operand } from "../cells";
import { each } from "../code/lines";
import { storedAs } from "../code/numbers";
import { product } from "./products";
import { channelWidth, overWindows, pixels, places, splitPlace, type Windows, windowCount } from "./windows";

export interface Convolution {
  /** Of one network. */
  readonly windows: Windows;
  readonly features: number;
  /** [R] where the result is a stack, that is to say of R networks; otherwise []. */
  readonly stack: Shape;
  readonly format: ElementFormat;
}

const rowsOf = ({ windows }: Convolution) => windows.batch * windowCount(windows);
const innerOf = ({ windows }: Convolution) => places(windows) * windows.channels;
const isPointwise = ({ windows: { kernel, stride, padding } }: Convolution) =>
  [...kernel, ...stride].every((n) => n === 1) && padding.every((n) => n === 0);

/** Images, weights or windows as a matrix, or as a stack of matrices. */
const matrix = ({ cell, shape }: Operand, rows: number, columns: number): Operand => ({
  cell,
  shape: [...shape.slice(0, -4), rows, columns],
});

/** y [B·H'·W', F] = windows · wᵀ + bias */
export function forward(b: Builder, [x, w, bias]: readonly Operand[], c: Convolution): Cell {
  const { features, format, stack } = c;
  return product(b, {
    a: columns(b, x!, c),
    b: matrix(w!, features, innerOf(c)),
    bias,
    transposeA: false,
    transposeB: true,
    shape: [...stack, rowsOf(c), features],
    format,
  });
}

/** dw [F, kh·kw·C] = gᵀ · windows */
export function weightGradient(b: Builder, [x, g]: readonly Operand[], c: Convolution): Cell {
  const { features, format, stack } = c;
  return product(b, {
    a: matrix(g!, rowsOf(c), features),
    b: columns(b, x!, c),
    transposeA: true,
    transposeB: false,
    shape: [...stack, features, innerOf(c)],
    format,
  });
}

/** dx: the windows' gradients g · w, kept in the accumulator's format, summed over the windows that hold a pixel and rounded once. */
export function inputGradient(b: Builder, [g, w]: readonly Operand[], c: Convolution): Cell {
  const { features, format, stack } = c;
  const factors = {
    a: matrix(g!, rowsOf(c), features),
    b: matrix(w!, features, innerOf(c)),
    transposeA: false,
    transposeB: false,
    shape: [...stack, rowsOf(c), innerOf(c)],
  };
  if (isPointwise(c)) return product(b, { ...factors, format });
  return images(b, product(b, { ...factors, format: sumFormat(format) }), c);
}

/** Every window as a row [B·H'·W', kh·kw·C]; zeros in the padding. The images of all networks are one batch. */
function columns(b: Builder, x: Operand, c: Convolution): Operand {
  return matrix({ ...x, cell: windowsAsRows(b, x.cell, c) }, rowsOf(c), innerOf(c));
}

function windowsAsRows(b: Builder, x: Cell, c: Convolution): Cell {
  if (isPointwise(c)) return x;
  const { windows, format } = c;
  const { channels, grid, kernel, stride, padding, size: image } = windows;
  const { type, bytes } = storedAs(format);
  const width = channelWidth(channels, bytes);
  const groups = channels / width;
  const key = `columns ${[channels, grid, kernel, stride, padding, image].join(" ")}`;
  return b.once(key, [x], () => {
    const body = [
      `const int c = t % ${groups}, k = t / ${groups} % ${places(windows)};`,
      `const index row = t / ${groups * places(windows)};`,
      splitPlace("row", grid, "u", "v"),
      `const int h = u * ${stride[0]} - ${padding[0]} + k / ${kernel[1]}, w = v * ${stride[1]} - ${padding[1]} + k % ${kernel[1]};`,
      `Pack<${type}, ${width}> q;`,
      each(width, "q.v[j] = 0;"),
      `if (h >= 0 && h < ${image[0]} && w >= 0 && w < ${image[1]}) q = load<${width}>(x0, ((b * ${image[0]} + h) * ${image[1]} + w) * ${groups} + c);`,
      `store<${width}>(y0, t, q);`,
    ].join("\n");
    const length = (x.length / (pixels(windows) * channels)) * windowCount(windows) * innerOf(c);
    return b.kernel([x], [{ format, length }], { threads: length / width, body })[0]!;
  });
}

/** The sum of windows [R·B·H'·W', kh·kw·C] over the pixels that they share: [R·B, H, W, C]. */
function images(b: Builder, rows: Cell, c: Convolution): Cell {
  const { windows, format, stack } = c;
  const { batch, channels, size: image, grid } = windows;
  const sum = storedAs(rows.format);
  const width = channelWidth(channels, sum.bytes);
  const groups = channels / width;
  const add = [
    `const auto p = load<${width}>(x0, (((b * ${grid[0]} + u) * ${grid[1]} + v) * ${places(windows)} + k) * ${groups} + c);`,
    each(width, "r0[j] += p.v[j];"),
  ].join("\n");
  const body = [
    `const int c = t % ${groups};`,
    `const index pixel = t / ${groups};`,
    splitPlace("pixel", image, "h", "w"),
    `${sum.carrier} r0[${width}];`,
    each(width, "r0[j] = 0;"),
    overWindows(windows, add),
  ].join("\n");
  const length = size(stack) * batch * pixels(windows) * channels;
  return b.kernel([rows], [{ format, length }], { threads: length / width, body, lanes: width })[0]!;
}
