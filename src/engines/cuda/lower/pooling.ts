/** Pooling: a thread for each window, or for each pixel in gradients, and for as many channels as fill 16 bytes. */
import type { ElementFormat } from "../../../formats";
import { type Builder, sumFormat } from "../builder";
import type { Cell } from "../cells";
import { each, indented } from "../code/lines";
import { storedAs } from "../code/numbers";
import {
  channelWidth,
  overPlaces,
  overWindows,
  pixels,
  places,
  splitPlace,
  type Windows,
  windowCount,
} from "./windows";

export interface Pooling {
  readonly windows: Windows;
  readonly format: ElementFormat;
}

interface Lanes {
  readonly type: string;
  readonly carrier: string;
  readonly width: number;
  /** Groups of channels. */
  readonly groups: number;
  readonly load: (x: string) => string;
}

function lanesOf({ windows: { channels }, format }: Pooling): Lanes {
  const { type, bytes, load } = storedAs(format);
  const { carrier } = storedAs(sumFormat(format));
  const width = channelWidth(channels, bytes);
  return { type, carrier, width, groups: channels / width, load };
}

const pixelOf = ({ size }: Windows, groups: number) => `((b * ${size[0]} + h) * ${size[1]} + w) * ${groups} + c`;
const windowOf = ({ grid }: Windows, groups: number) => `((b * ${grid[0]} + u) * ${grid[1]} + v) * ${groups} + c`;

/** c, and the window (b, u, v) of a thread, or the pixel (b, h, w). */
const atWindow = ({ grid }: Windows, groups: number) =>
  [`const int c = t % ${groups};`, `const index place = t / ${groups};`, splitPlace("place", grid, "u", "v")].join(
    "\n",
  );
const atPixel = ({ size }: Windows, groups: number) =>
  [`const int c = t % ${groups};`, `const index place = t / ${groups};`, splitPlace("place", size, "h", "w")].join(
    "\n",
  );

const windowsLength = ({ windows }: Pooling) => windows.batch * windowCount(windows) * windows.channels;
const imagesLength = ({ windows }: Pooling) => windows.batch * pixels(windows) * windows.channels;

/** The maximum of each window; a NaN is passed on. */
export function maxPool(b: Builder, x: Cell, pooling: Pooling): Cell {
  const { windows, format } = pooling;
  const { type, width, groups, load } = lanesOf(pooling);
  const larger = `if (none || ${load("p.v[j]")} > ${load("q.v[j]")} || (${load("p.v[j]")} != ${load("p.v[j]")} && ${load("q.v[j]")} == ${load("q.v[j]")})) q.v[j] = p.v[j];`;
  const take = [
    `const auto p = load<${width}>(x0, ${pixelOf(windows, groups)});`,
    each(width, larger),
    "none = false;",
  ].join("\n");
  const body = [
    atWindow(windows, groups),
    `Pack<${type}, ${width}> q;`,
    "bool none = true;",
    overPlaces(windows, take),
    `${storedAs(format).carrier} r0[${width}];`,
    each(width, `r0[j] = ${load("q.v[j]")};`),
  ].join("\n");
  const length = windowsLength(pooling);
  return b.kernel([x], [{ format, length }], { threads: length / width, body, lanes: width })[0]!;
}

/** Whether several elements of a window are its maximum y. */
export function maxPoolTies(b: Builder, x: Cell, y: Cell, pooling: Pooling): Cell {
  const { windows } = pooling;
  const { width, groups, load } = lanesOf(pooling);
  const count = [
    `const auto p = load<${width}>(x0, ${pixelOf(windows, groups)});`,
    each(width, `n[j] += ${load("p.v[j]")} == ${load("m.v[j]")};`),
  ].join("\n");
  const body = [
    atWindow(windows, groups),
    `const auto m = load<${width}>(x1, t);`,
    `int n[${width}];`,
    each(width, "n[j] = 0;"),
    overPlaces(windows, count),
    `int r0[${width}];`,
    each(width, "r0[j] = n[j] > 1;"),
  ].join("\n");
  const length = windowsLength(pooling);
  return b.kernel([x, y], [{ format: "bool", length }], { threads: length / width, body, lanes: width })[0]!;
}

/**
 * For each pixel, over the windows that hold it: g · ((1 − β)·[it is the first maximum] + β·[it is a maximum] / |maxima|).
 * `own` is the pixel's place, `n` counts the window's maxima and `first` is the place of the first.
 */
export function maxPoolGradient(b: Builder, [x, y, g, tie]: readonly Cell[], pooling: Pooling): Cell {
  const { windows, format } = pooling;
  const { carrier, width, groups, load } = lanesOf(pooling);
  const count = [
    `const auto p = load<${width}>(x0, ${pixelOf(windows, groups)});`,
    each(width, `if (${load("p.v[j]")} == ${load("m.v[j]")}) { if (n[j]++ == 0) first[j] = k; }`),
  ].join("\n");
  const add = [
    `const auto m = load<${width}>(x1, ${windowOf(windows, groups)}), d = load<${width}>(x2, ${windowOf(windows, groups)});`,
    `int n[${width}], first[${width}];`,
    each(width, "n[j] = 0, first[j] = -1;"),
    "const int own = k;",
    "{",
    indented(overPlaces(windows, count)),
    "}",
    each(width, "{"),
    `  const bool is = ${load("z.v[j]")} == ${load("m.v[j]")};`,
    `  const ${carrier} weight = (own == first[j] ? 1 - beta : 0) + (is ? beta / n[j] : 0);`,
    `  r0[j] += ${load("d.v[j]")} * weight;`,
    "}",
  ].join("\n");
  const body = [
    atPixel(windows, groups),
    `const ${carrier} beta = ${load("x3[0]")};`,
    `const auto z = load<${width}>(x0, t);`,
    `${carrier} r0[${width}];`,
    each(width, "r0[j] = 0;"),
    overWindows(windows, add),
  ].join("\n");
  const length = imagesLength(pooling);
  return b.kernel([x!, y!, g!, tie!], [{ format, length }], { threads: length / width, body, lanes: width })[0]!;
}

/** The mean of each window; the padding's zeros count. */
export function averagePool(b: Builder, x: Cell, pooling: Pooling): Cell {
  const { windows } = pooling;
  const { width, groups } = lanesOf(pooling);
  const walk = (use: string) => [atWindow(windows, groups), overPlaces(windows, use)] as const;
  return averages(b, x, pooling, { length: windowsLength(pooling), walk, at: pixelOf(windows, groups), width });
}

/** An equal share of each window that holds a pixel. */
export function averagePoolGradient(b: Builder, g: Cell, pooling: Pooling): Cell {
  const { windows } = pooling;
  const { width, groups } = lanesOf(pooling);
  const walk = (use: string) => [atPixel(windows, groups), overWindows(windows, use)] as const;
  return averages(b, g, pooling, { length: imagesLength(pooling), walk, at: windowOf(windows, groups), width });
}

interface Walk {
  readonly length: number;
  /** Where the thread is, and the loop over what it adds. */
  readonly walk: (use: string) => readonly [string, string];
  /** What is added, in packs. */
  readonly at: string;
  readonly width: number;
}

function averages(b: Builder, x: Cell, pooling: Pooling, { length, walk, at, width }: Walk): Cell {
  const { windows, format } = pooling;
  const { carrier, load } = lanesOf(pooling);
  const add = [`const auto p = load<${width}>(x0, ${at});`, each(width, `r0[j] += ${load("p.v[j]")};`)].join("\n");
  const [where, loop] = walk(add);
  const body = [
    where,
    `${carrier} r0[${width}];`,
    each(width, "r0[j] = 0;"),
    loop,
    each(width, `r0[j] /= ${places(windows)};`),
  ].join("\n");
  return b.kernel([x], [{ format, length }], { threads: length / width, body, lanes: width })[0]!;
}
