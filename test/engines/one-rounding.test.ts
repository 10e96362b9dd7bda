/** Sums, products, quotients and matrix products of every engine against exact rational arithmetic: one rounding, at ties, at the limits and elsewhere. */
import { describe, expect, it } from "vitest";
import { accumulator, type FormatName, formatOf } from "../../src/formats";
import { graph, input, tensor } from "../../src/ir";
import { ops } from "../../src/ops";
import { stream } from "../../src/util";
import * as exact from "../formats/exact";
import { enginesIn } from "../helpers/engines";

/** Pairs of operands of each kind; the first numbers that also give an outer product; rows and columns of whole numbers. */
const [PAIRS, FEW, SIZE] = [1000, 50, 6];

/** Numbers of the format, not 0: the limits and their neighbours, few bits (for ties), any bits near 1, any exponents. */
function operands(name: FormatName, label: string): number[] {
  const { round, ulp, largest, smallestNormal, smallestSubnormal, precision, ...range } = formatOf(name);
  const random = stream(1, `${name} ${label}`);
  const special = [largest, largest - ulp(largest), smallestNormal, smallestSubnormal, 3 * smallestSubnormal, 1];
  const kinds = [
    () => special[random.integer(special.length)]!,
    () => (1 + random.integer(7)) * 2 ** (random.integer(2 * precision) - precision),
    () => random.normal(),
    () => random.normal() * 2 ** (range.minExponent + random.integer(range.maxExponent - range.minExponent)),
  ];
  return Array.from({ length: PAIRS }, () => {
    const x = round(kinds[random.integer(kinds.length)]!());
    const usable = Number.isFinite(x) && x !== 0 ? x : smallestSubnormal;
    return random.integer(2) === 0 ? usable : -usable;
  });
}

/**
 * Pairs whose exact result lies just beside a tie, where a first rounding to f32 would put it: sums beside the middle of two numbers of any
 * size, and products beside the middle of two subnormal numbers.
 */
function besideTies(name: FormatName): [number, number][] {
  const { round, ulp, precision, smallestSubnormal, minExponent } = formatOf(name);
  const random = stream(3, name);
  return Array.from({ length: PAIRS }, (_, i) => {
    const x = round(random.normal() * 2 ** (i % 2 === 0 ? 0 : Math.ceil(minExponent / 2)));
    if (x === 0) return [1, 1];
    const beside = 1 + (random.integer(5) - 2) * 2 ** -precision;
    const middle = (random.integer(3) + 0.5) * smallestSubnormal;
    return [x, round(i % 2 === 0 ? (ulp(x) / 2) * beside : middle / x) || smallestSubnormal];
  });
}

/** Whole numbers, whose sums of products every accumulator holds: the order does not matter. */
function whole(name: FormatName, label: string): number[] {
  const random = stream(2, `${name} ${label}`);
  const most = Math.min(2 ** (formatOf(name).precision - 1), 512);
  return Array.from({ length: SIZE * SIZE }, () => random.integer(2 * most + 1) - most);
}

function draw(name: FormatName) {
  const close = besideTies(name);
  const [x, y] = [operands(name, "x"), operands(name, "y")];
  return {
    x: [...x, ...close.map(([a]) => a)],
    y: [...y, ...close.map(([, b]) => b)],
    left: whole(name, "left"),
    right: whole(name, "right"),
  };
}
type Drawn = ReturnType<typeof draw>;

const parametersOf = (name: FormatName): exact.Parameters => (name === "e4m3" ? exact.E4M3 : formatOf(name));

/** Results without sums: their zeros have signs. */
function elementwise(name: FormatName, { x, y }: Drawn) {
  const pairwise = (f: (p: exact.Rational, q: exact.Rational) => exact.Rational) =>
    x.map((p, i) => exact.roundRational(f(exact.rational(p), exact.rational(y[i]!)), parametersOf(name)));
  return { sum: pairwise(exact.plus), product: pairwise(exact.times), quotient: pairwise(exact.over) };
}

/** Matrix products. By the contract a sum is rounded to the accumulator's format, then to its own; the sign of a zero is open. */
function contractions(name: FormatName, { x, y, left, right }: Drawn) {
  const own = parametersOf(name);
  const rounded = (total: exact.Rational) =>
    accumulator(name).name === "f32"
      ? exact.roundExactly(exact.roundRational(total, formatOf("f32")), own)
      : exact.roundRational(total, own);
  const outer = x
    .slice(0, FEW)
    .flatMap((p) => y.slice(0, FEW).map((q) => rounded(exact.times(exact.rational(p), exact.rational(q)))));
  const matmul = left.map((_, at) => {
    const [row, column] = [Math.floor(at / SIZE), at % SIZE];
    const terms = Array.from({ length: SIZE }, (_, k) => left[row * SIZE + k]! * right[k * SIZE + column]!);
    return rounded(exact.rational(terms.reduce((a, b) => a + b)));
  });
  return { outer, matmul };
}

function program(name: FormatName) {
  const [x, y] = [input("x", name, [2 * PAIRS]), input("y", name, [2 * PAIRS])];
  const [column, row] = [input("column", name, [FEW, 1]), input("row", name, [1, FEW])];
  const [left, right] = [input("left", name, [SIZE, SIZE]), input("right", name, [SIZE, SIZE])];
  return graph({
    sum: ops.add(x, y),
    product: ops.mul(x, y),
    quotient: ops.div(x, y),
    outer: ops.matmul(column, row),
    matmul: ops.matmul(left, right),
  });
}

function feedsOf(name: FormatName, { x, y, left, right }: Drawn) {
  const held = (data: readonly number[], shape: readonly number[]) => tensor(name, Float64Array.from(data), shape);
  return {
    x: held(x, [2 * PAIRS]),
    y: held(y, [2 * PAIRS]),
    column: held(x.slice(0, FEW), [FEW, 1]),
    row: held(y.slice(0, FEW), [1, FEW]),
    left: held(left, [SIZE, SIZE]),
    right: held(right, [SIZE, SIZE]),
  };
}

/** Where two lists differ, as texts; the signs of zeros count on request. */
function differences(found: ArrayLike<number>, expected: readonly number[], signs: boolean): string[] {
  expect(found.length).toBe(expected.length);
  const same = (a: number, b: number) => Object.is(a, b) || (!signs && a === b);
  return expected.flatMap((v, i) => (same(found[i]!, v) ? [] : [`${i}: ${found[i]} in place of ${v}`]));
}

describe.each(["e4m3", "e5m2", "tf32", "e8p12", "e8p20", "e8p25", "e10p20"] as const)("%s", (name) => {
  const drawn = draw(name);

  it("the operands are numbers of the format", () => {
    expect(Object.values(drawn).flatMap((list) => list.filter((v) => formatOf(name).round(v) !== v))).toEqual([]);
  });

  it.each(enginesIn(name))("on $id every result is rounded once", async ({ create }) => {
    const engine = create();
    const found = await (await engine.compile(program(name))).run(feedsOf(name, drawn));
    await engine.dispose();
    for (const [output, expected] of Object.entries(elementwise(name, drawn)))
      expect([output, differences(found[output]!.data, expected, true)]).toEqual([output, []]);
    for (const [output, expected] of Object.entries(contractions(name, drawn)))
      expect([output, differences(found[output]!.data, expected, false)]).toEqual([output, []]);
  });
});
