/** Pooling of images [B, H, W, C] from gathered pixels, so that it has every format, and the ties of a maximum are seen. */
import type { Shape } from "../../ir";
import { windowPixels } from "../../ops";
import { gatherRows } from "./convolution";
import type { Carrier, ModelBuilder } from "./model";

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

export interface Pooling {
  readonly carrier: Carrier;
  readonly batch: number;
  readonly channels: number;
  readonly size: readonly [number, number];
  /** For each window the pixel at each place, −1 in the padding. */
  readonly pixels: readonly Int32Array[];
  readonly key: string;
}

export function pooling(carrier: Carrier, [batch, height, width, channels]: Shape, window: Window): Pooling {
  const size = [height!, width!] as const;
  const key = `${size} ${window.kernel} ${window.stride} ${window.padding}`;
  return { carrier, batch: batch!, channels: channels!, size, pixels: windowPixels(size, window), key };
}

/** What stands at each place of the windows: kernel places of [B, windows, C]. */
function places(
  model: ModelBuilder,
  x: string,
  { carrier, batch, channels, size, pixels, key }: Pooling,
  fill: number,
) {
  const n = size[0] * size[1];
  const rows = model.reshape(x, [batch, n, channels]);
  return Array.from(pixels[0]!, (_, place) => {
    const table = pixels.map((own) => own.subarray(place, place + 1));
    return gatherRows(model, rows, [batch, n, channels], table, `place ${place} ${key}`, carrier, fill);
  });
}

/**
 * Sums what each place of each window hands back to its pixel: parts of [B, windows, C], one for each place, to
 * [B, H·W, C]. A part may serve several places.
 */
function scatter(model: ModelBuilder, parts: readonly string[], p: Pooling): string {
  const windows = p.pixels.length;
  const distinct = [...new Set(parts)];
  const sources: number[][] = Array.from({ length: p.size[0] * p.size[1] }, () => []);
  for (const [window, own] of p.pixels.entries()) {
    for (const [place, pixel] of own.entries()) {
      if (pixel >= 0) sources[pixel]!.push(distinct.indexOf(parts[place]!) * windows + window);
    }
  }
  const all = distinct.length === 1 ? distinct[0]! : model.node("Concat", distinct, { axis: 1 });
  const most = Math.max(...sources.map((own) => own.length));
  const shape = [p.batch, distinct.length * windows, p.channels] as const;
  const terms = Array.from({ length: most }, (_, i) => {
    const table = sources.map((own) => Int32Array.of(own[i] ?? -1));
    return gatherRows(model, all, shape, table, `scatter ${i} ${p.key}`, p.carrier);
  });
  return terms.length === 1 ? terms[0]! : model.node("Sum", terms);
}

const sum = (model: ModelBuilder, terms: readonly string[]) =>
  terms.length === 1 ? terms[0]! : model.node("Sum", terms);

export const maxPool = (model: ModelBuilder, x: string, p: Pooling): string =>
  model.node("Max", places(model, x, p, Number.NEGATIVE_INFINITY));

export const averagePool = (model: ModelBuilder, x: string, p: Pooling): string =>
  model.node("Div", [sum(model, places(model, x, p, 0)), model.constant(p.carrier, [p.pixels[0]!.length])]);

export function averagePoolGradient(model: ModelBuilder, g: string, p: Pooling): string {
  const windows = model.reshape(g, [p.batch, p.pixels.length, p.channels]);
  const total = scatter(model, new Array<string>(p.pixels[0]!.length).fill(windows), p);
  return model.node("Div", [total, model.constant(p.carrier, [p.pixels[0]!.length])]);
}

/** `tie` is the name of β, or 0 where it is known to be 0: then all goes to the first maximum. */
export function maxPoolGradient(
  model: ModelBuilder,
  [x, y, g]: readonly string[],
  tie: string | 0,
  p: Pooling,
): string {
  const shape = [p.batch, p.pixels.length, p.channels];
  const [maximum, incoming] = [model.reshape(y!, shape), model.reshape(g!, shape)];
  const isMaximum = places(model, x!, p, Number.NEGATIVE_INFINITY).map((own, place) =>
    inside(model, model.node("Equal", [own, maximum]), place, p),
  );
  const firsts = firstOf(model, isMaximum).map((first) => model.cast(first, p.carrier as "f32"));
  const weights = tie === 0 ? firsts : mixed(model, isMaximum, firsts, tie, p.carrier);
  return scatter(
    model,
    weights.map((weight) => model.node("Mul", [weight, incoming])),
    p,
  );
}

/** Without the windows that have a place in the padding, which could equal a maximum of −∞. */
function inside(model: ModelBuilder, isMaximum: string, place: number, { pixels, key }: Pooling): string {
  if (pixels.every((own) => own[place]! >= 0)) return isMaximum;
  const mask = () => pixels.map((own) => Number(own[place]! >= 0));
  return model.node("And", [isMaximum, model.table(`inside ${place} ${key}`, "bool", [1, pixels.length, 1], mask)]);
}

/** The first of the truths, element by element. */
function firstOf(model: ModelBuilder, truths: readonly string[]): string[] {
  let taken: string | undefined;
  return truths.map((truth) => {
    const first = taken === undefined ? truth : model.node("And", [truth, model.node("Not", [taken])]);
    taken = taken === undefined ? truth : model.node("Or", [taken, truth]);
    return first;
  });
}

/** β · [is a maximum] / (number of maxima) + (1 − β) · [is the first]. */
function mixed(
  model: ModelBuilder,
  truths: readonly string[],
  firsts: readonly string[],
  tie: string,
  carrier: Carrier,
) {
  const ones = truths.map((truth) => model.cast(truth, carrier as "f32"));
  const one = model.constant(carrier, [1]);
  // where the maximum is NaN there is no maximum to share
  const shares = model.node("Div", [tie, model.node("Max", [sum(model, ones), one])]);
  const rest = model.node("Sub", [one, tie]);
  return ones.map((is, i) =>
    model.node("Add", [model.node("Mul", [is, shares]), model.node("Mul", [firsts[i]!, rest])]),
  );
}
