/** Pooling of images [B, H, W, C] from gathered pixels, so that it works in every format and sees the ties of a maximum. */
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

/** The pixel at each place of the windows: kernel places of [B, windows, C]. */
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
    return { rows: model.fold("Sum", terms), pixels: reached.map(({ pixel }) => pixel) };
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

export const maxPool = (model: ModelBuilder, x: string, p: Pooling): string =>
  model.fold("Max", places(model, x, p, Number.NEGATIVE_INFINITY));

export const averagePool = (model: ModelBuilder, x: string, p: Pooling): string =>
  model.node("Div", [model.fold("Sum", places(model, x, p, 0)), model.constant(p.carrier, [p.pixels[0]!.length])]);

export function averagePoolGradient(model: ModelBuilder, g: string, p: Pooling): string {
  const windows = model.reshape(g, [p.batch, p.pixels.length, p.channels]);
  const total = scatter(model, new Array<string>(p.pixels[0]!.length).fill(windows), p);
  return model.node("Div", [total, model.constant(p.carrier, [p.pixels[0]!.length])]);
}

/** `tie` is the name of β, or 0 if β is known to be 0; the shares are not computed if β is 0. */
export function maxPoolGradient(
  model: ModelBuilder,
  [x, y, g]: readonly string[],
  tie: string | 0,
  p: Pooling,
): string {
  const [maximum, incoming] = [byWindow(model, y!, p), byWindow(model, g!, p)];
  const { ones, firsts: firstOnes } = maximaOf(model, x!, maximum, p);
  const firsts = firstOnes();
  const handBack = (weights: readonly string[]) => {
    const parts = weights.map((weight) => model.node("Mul", [weight, incoming]));
    return scatter(model, parts, p);
  };
  if (tie === 0) return handBack(firsts);
  const shared = () => handBack(mixed(model, ones(), firsts, tie, p.carrier));
  if (model.target.lacks.has("If")) return shared();
  const isFirst = model.node("Equal", [tie, model.constant(p.carrier, [0])]);
  return model.branch(isFirst, p.carrier, () => handBack(firsts), shared);
}

/** Whether several elements of a window are its maximum: bool [B, windows, C]. */
export function maxPoolTies(model: ModelBuilder, [x, y]: readonly string[], p: Pooling): string {
  const total = model.fold("Sum", maximaOf(model, x!, byWindow(model, y!, p), p).ones());
  return model.node("Greater", [total, model.constant(p.carrier, [1])]);
}

/** For each place of the windows: 1 where there is a maximum, and 1 where there is the first one. */
interface Maxima {
  readonly ones: () => readonly string[];
  readonly firsts: () => readonly string[];
}

/** [B, H', W', C] as [B, windows, C]. */
const byWindow = (model: ModelBuilder, x: string, p: Pooling): string =>
  model.reshape(x, [p.batch, p.pixels.length, p.channels]);

/** Where x holds the maximum of its window. */
function maximaOf(model: ModelBuilder, x: string, maximum: string, p: Pooling): Maxima {
  const equal = places(model, x, p, Number.NEGATIVE_INFINITY).map((own) => model.node("Equal", [own, maximum]));
  return model.target.lacks.has("And") ? maximaByNumbers(model, equal, p) : maxima(model, equal, p);
}

function maxima(model: ModelBuilder, equal: readonly string[], p: Pooling): Maxima {
  const numbers = (truths: readonly string[]) => truths.map((truth) => model.cast(truth, p.carrier));
  const truths = equal.map((truth, place) => {
    const mask = insides(p, place);
    return mask ? model.node("And", [truth, model.data("bool", [1, mask.length, 1], mask)]) : truth;
  });
  return { ones: () => numbers(truths), firsts: () => numbers(firstOf(model, truths)) };
}

/** The same with products of zeros and ones. */
function maximaByNumbers(model: ModelBuilder, equal: readonly string[], p: Pooling): Maxima {
  const ones = equal.map((truth, place) => {
    const [mask, number] = [insides(p, place), model.cast(truth, p.carrier)];
    return mask ? model.node("Mul", [number, model.data(p.carrier, [1, mask.length, 1], mask)]) : number;
  });
  const firsts = () => {
    let rest: string | undefined;
    return ones.map((one) => {
      const first = rest === undefined ? one : model.node("Mul", [one, rest]);
      rest = model.node("Sub", [rest ?? model.constant(p.carrier, [1]), first]);
      return first;
    });
  };
  return { ones: () => ones, firsts };
}

/** 1 for each window whose place lies inside the image: a place in the padding could equal a maximum of −∞. Undefined if all lie inside. */
function insides({ pixels }: Pooling, place: number): number[] | undefined {
  const mask = pixels.map((own) => Number(own[place]! >= 0));
  return mask.every(Boolean) ? undefined : mask;
}

/** The first true value, element by element. */
function firstOf(model: ModelBuilder, truths: readonly string[]): string[] {
  let taken: string | undefined;
  return truths.map((truth) => {
    const first = taken === undefined ? truth : model.node("And", [truth, model.node("Not", [taken])]);
    taken = taken === undefined ? truth : model.node("Or", [taken, truth]);
    return first;
  });
}

/** β · [is a maximum] / (number of maxima) + (1 − β) · [is the first]. */
function mixed(model: ModelBuilder, ones: readonly string[], firsts: readonly string[], tie: string, carrier: Carrier) {
  const one = model.constant(carrier, [1]);
  // if the maximum is NaN there is no maximum to share
  const shares = model.node("Div", [tie, model.node("Max", [model.fold("Sum", ones), one])]);
  const rest = model.node("Sub", [one, tie]);
  return ones.map((is, i) =>
    model.node("Add", [model.node("Mul", [is, shares]), model.node("Mul", [firsts[i]!, rest])]),
  );
}
