/** FP8 e4m3 and e5m2, every bit pattern, against ml_dtypes (golden/fp8.py) and the OCP specification (golden/ocp.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formats } from "../../src/formats";

type Golden = { readonly numbers: readonly number[]; readonly pairs: readonly (readonly [number, number])[] };
const golden = JSON.parse(readFileSync(join(__dirname, "golden", "fp8.json"), "utf8")) as Record<string, Golden>;
/** The number of each pattern as a fraction, "-0", "inf", "-inf" or "nan". */
const ocp = JSON.parse(readFileSync(join(__dirname, "golden", "ocp.json"), "utf8")) as Record<string, string[]>;
const NAN = -1;

/** The f32 number of some bits; NaN for −1. */
function single(word: number): number {
  if (word === NAN) return Number.NaN;
  return new Float32Array(Uint32Array.of(word).buffer)[0]!;
}

function fraction(text: string): number {
  const special = { "-0": -0, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY, nan: Number.NaN }[text];
  // the denominators are powers of two: the quotient is exact
  const [numerator, denominator = "1"] = text.split("/");
  return special ?? Number(numerator) / Number(denominator);
}

describe.each([formats.e4m3, formats.e5m2])("$name", ({ name, encoding, round }) => {
  const { numbers, pairs } = golden[name]!;
  const patterns = Uint8Array.from({ length: 256 }, (_, i) => i);

  it("each of the 256 bit patterns has ml_dtypes' number, and comes back", () => {
    const own = encoding.fromBits(patterns.buffer);
    expect([...patterns].filter((i) => !Object.is(own[i], single(numbers[i]!)))).toEqual([]);
    expect([...own].filter((x) => !Object.is(round(x), x) && Number.isFinite(x))).toEqual([]);
    const back = encoding.toBits(own);
    expect([...patterns].filter((i) => back[i] !== i && !Number.isNaN(own[i]))).toEqual([]);
    expect(encoding.fromBits(encoding.toBits([Number.NaN]).buffer)[0]).toBeNaN();
  });

  it("each of the 256 bit patterns has the number of the OCP specification", () => {
    expect([...encoding.fromBits(patterns.buffer)]).toEqual(ocp[name]!.map(fraction));
  });

  it("numbers, the middles between them, what is beside the middles, overflows and random numbers are rounded as by ml_dtypes", () => {
    expect(pairs.length).toBeGreaterThan(1000);
    const wrong = pairs.filter(([word, bits]) => {
      const rounded = round(single(word));
      return bits === NAN ? !Number.isNaN(rounded) : encoding.toBits([rounded])[0] !== bits;
    });
    expect(wrong).toEqual([]);
  });
});
