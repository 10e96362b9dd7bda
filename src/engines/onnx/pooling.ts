/** Pooling of images [B, H, W, C] from gathered pixels, so that it has every format, and the ties of a maximum are seen. */
import type { Shape } from "../../ir";
import { type AttributesOf, windowPixels } from "../../ops";
import { gatherRows, inRaster } from "./gather";
import type { Carrier, ModelBuilder } from "./model";

export interface Pooling {
  readonly carrier: Carrier;
  readonly batch: number;
  readonly channels: number;
  readonly size: readonly [number, number];
  /** For each window the pixel at each place, −1 in the padding. */
  readonly pixels: readonly Int32Array[];
}

export function pooling(
  carrier: Carrier,
  [batch, height, width, channels]: Shape,
  window: AttributesOf<"maxPool">,
): Pooling {
  const size = [height!, width!] as const;
  return { carrier, batch: batch!, channels: channels!, size, pixels: windowPixels(size, window) };
}

/** What stands at each place of the windows: kernel places of [B, windows, C]. */
function places(model: ModelBuilder, x: string, { carrier, batch, channels, size, pixels }: Pooling, fill: number) {
  const n = size[0] * size[1];
  const rows = model.reshape(x, [batch, n, channels]);
  return Array.from(pixels[0]!, (_, place) => {
    const table = pixels.map((own) => own.subarray(place, place + 1));
    return gatherRows(model, rows, [batch, n, channels], table, carrier, fill);
  });
}

/**
 * Sums what each place of each window hands back to its pixel: parts of [B, windows, C], one for each place, to
 * [B, H·W, C]. Pixels that are reached from the same places are summed together.
 */
function scatter(model: ModelBuilder, parts: readonly string[], p: Pooling): string {
  const shape = [p.batch, p.pixels.length, p.channels] as const;
  const sums = Array.from(pixelGroups(p), ([places, reached]) => {
    const terms = places.split(",").map((place, i) => {
      const table = reached.map(({ windows }) => Int32Array.of(windows[i]!));
      if (table.length === p.pixels.length && table.every(([window], k) => window === k)) return parts[Number(place)]!;
      return gatherRows(model, parts[Number(place)]!, shape, table, p.carrier);
    });
    return { rows: sum(model, terms), pixels: reached.map(({ pixel }) => pixel) };
  });
  return inRaster(model, sums, [p.batch, p.size[0] * p.size[1], p.channels], p.carrier);
}

/** The pixels by the places that reach them ("0,2"), each with the windows whose places these are. */
function pixelGroups({ size, pixels }: Pooling): Map<string, { pixel: number; windows: number[] }[]> {
  const reached = Array.from({ length: size[0] * size[1] }, (_, pixel) => ({
    pixel,
    places: [] as number[],
    windows: [] as number[],
  }));
  for (const [place] of pixels[0]!.entries()) {
    for (const [window, own] of pixels.entries()) {
      if (own[place]! < 0) continue;
      reached[own[place]!]!.places.push(place);
      reached[own[place]!]!.windows.push(window);
    }
  }
  const groups = new Map<string, { pixel: number; windows: number[] }[]>();
  for (const { places, ...pixel } of reached.filter(({ places }) => places.length > 0)) {
    groups.set(places.join(), [...(groups.get(places.join()) ?? []), pixel]);
  }
  return groups;
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

/** `tie` is the name of β, or 0 where it is known to be 0; where β is 0 the shares are not worked out. */
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
  const handBack = (weights: readonly string[]) => {
    const parts = weights.map((weight) => model.node("Mul", [weight, incoming]));
    return scatter(model, parts, p);
  };
  if (tie === 0) return handBack(firsts);
  const isFirst = model.node("Equal", [tie, model.constant(p.carrier, [0])]);
  const shared = () => handBack(mixed(model, isMaximum, firsts, tie, p.carrier));
  return model.branch(isFirst, p.carrier, () => handBack(firsts), shared);
}

/** Without the windows that have a place in the padding, which could equal a maximum of −∞. */
function inside(model: ModelBuilder, isMaximum: string, place: number, { pixels }: Pooling): string {
  const mask = pixels.map((own) => Number(own[place]! >= 0));
  if (mask.every(Boolean)) return isMaximum;
  return model.node("And", [isMaximum, model.data("bool", [1, mask.length, 1], mask)]);
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
