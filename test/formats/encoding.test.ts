/** The bits of formats of 16 bits, against their definition in IEEE 754: (−1)^s · 2^(e − bias) · 1.f, or 0.f below. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatNames, formats } from "../../src/formats";

const all = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
const narrow = formatNames.map((name) => formats[name]).filter(({ bits }) => bits === 16);

/** By the definition, in f64. */
function numberOf(bits: number, precision: number, bias: number): number {
  const fractionBits = precision - 1;
  const text = bits.toString(2).padStart(16, "0");
  const exponent = Number.parseInt(text.slice(1, 16 - fractionBits), 2);
  const fraction = Number.parseInt(text.slice(16 - fractionBits), 2) / 2 ** fractionBits;
  const sign = text[0] === "1" ? -1 : 1;
  if (exponent === 2 ** (15 - fractionBits) - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

describe.each(narrow)("bits of $name", ({ encoding, precision, maxExponent, round }) => {
  const numbers = encoding.fromBits(all.buffer);

  it("all bit patterns have the numbers that the definition gives them", () => {
    const wrong = [...all].filter((bits) => !Object.is(numbers[bits], numberOf(bits, precision, maxExponent)));
    expect(wrong).toEqual([]);
  });

  it("every bit pattern but that of a NaN comes back as it was, and a NaN stays a NaN", () => {
    const back = encoding.toBits(numbers);
    expect([...all].filter((bits) => !Number.isNaN(numbers[bits]) && back[bits] !== bits)).toEqual([]);
    const nan = encoding.fromBits(encoding.toBits([Number.NaN]).buffer);
    expect(nan[0]).toBeNaN();
  });

  it("rounding leaves the number of every bit pattern as it is", () => {
    expect([...numbers].filter((x) => !Object.is(round(x), x))).toEqual([]);
  });

  it("a number too large becomes an infinity, and one too small becomes a zero of its sign", () => {
    const bits = encoding.toBits([3.4e38 * 4, -3.4e38 * 4, 2 ** -149, -(2 ** -149)]);
    expect([...encoding.fromBits(bits.buffer)]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0]);
  });

  it("bits can be read from the middle of an array", () => {
    const part = encoding.fromBits(all.buffer, 2 * 100, 3);
    expect([...part]).toEqual([...numbers.subarray(100, 103)]);
  });
});

it("numbers come back from the bits of f32 and f64, rounded to the format", () => {
  for (const name of ["f32", "f64"] as const) {
    const { encoding } = formats[name];
    expect([...encoding.fromBits(encoding.toBits([1.5, -0, 3e-40]).buffer)]).toEqual([
      1.5,
      -0,
      formats[name].round(3e-40),
    ]);
  }
});

it("bf16 rounds as PyTorch does", () => {
  const { pairs } = JSON.parse(readFileSync(join(__dirname, "golden", "bf16.json"), "utf8")) as {
    readonly pairs: readonly (readonly [number, number])[];
  };
  const { round, encoding } = formats.bf16;
  const numbers = formats.f32.encoding.fromBits(Uint32Array.from(pairs, ([word]) => word).buffer);
  const bits = encoding.toBits(Float32Array.from(numbers, (x) => round(x)));
  expect([...bits]).toEqual(pairs.map(([, expected]) => expected));
});
