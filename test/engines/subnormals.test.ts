/** Roundings of every engine against exact rational arithmetic around a format's smallest numbers: ties, and the numbers just beside them. */
import { describe, expect, it } from "vitest";
import { type FormatName, formatOf } from "../../src/formats";
import { graph, input, type Tensor, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import * as exact from "../formats/exact";
import { enginesIn } from "../helpers/engines";

const rounded = [
  ...(["f16", "bf16", "e4m3", "e5m2", "tf32", "e3p2", "e4p4", "e5p11", "e6p9", "e8p8", "e8p12", "e9p20"] as const),
  ...(["e3p2-flush", "e4p4-flush", "e5p11-flush", "e6p9-flush", "e8p8-flush", "e9p20-flush"] as const),
] satisfies FormatName[];
const sources = ["f64", "f32"] as const;
type Source = (typeof sources)[number];

/** Around 0, the smallest normal number and twice that, every quarter of a step; its neighbours in the source's format; both signs. */
function numbers(source: Source, name: FormatName): Tensor {
  const { precision, smallestNormal } = formatOf(name);
  const { ulp } = formatOf(source);
  const quarter = smallestNormal * 2 ** (-1 - precision);
  const quarters = [0, smallestNormal, 2 * smallestNormal].flatMap((centre) =>
    Array.from({ length: 41 }, (_, i) => centre + (i - 20) * quarter),
  );
  const beside = quarters.flatMap((x) => [x, x + ulp(x), x - ulp(x)]);
  return tensor(
    source,
    beside.flatMap((x) => [x, -x]),
  );
}

/** The nearest number, ties to even; without subnormal numbers as if exponents had no end, then 0 below the smallest normal one. */
function roundExactly(x: number, name: FormatName): number {
  if (name === "e4m3") return exact.roundExactly(x, exact.E4M3);
  const { precision, maxExponent, smallestNormal, smallestSubnormal } = formatOf(name);
  if (smallestSubnormal < smallestNormal) return exact.roundExactly(x, { precision, maxExponent });
  const unbounded = exact.roundExactly(x, { precision, maxExponent: 1000 });
  return Math.abs(unbounded) < smallestNormal ? 0 * x : unbounded;
}

const differences = (name: FormatName, found: Tensor, from: Tensor): string[] =>
  [...from.data].flatMap((x, i) => {
    const [own, expected] = [found.data[i]!, roundExactly(x, name)];
    return Object.is(own, expected) ? [] : [`${name}(${x}) is ${own} in place of ${expected}`];
  });

describe.each(sources)("from %s", (source) => {
  it.each(enginesIn(source, "e8p8"))("$id takes the nearest number, with its sign", async ({ create, hasFormat }) => {
    const engine = create();
    const names = rounded.filter((name) => hasFormat(name));
    const feeds = Object.fromEntries(names.map((name) => [name, numbers(source, name)]));
    const casts = names.map((name) => [name, ops.cast(input(name, source, feeds[name]!.shape), name)] as const);
    const found = await (await engine.compile(graph(Object.fromEntries(casts)))).run(feeds);
    await engine.dispose();
    expect(names.flatMap((name) => differences(name, found[name]!, feeds[name]!))).toEqual([]);
  });
});
