/** How numbers of a format are stored in files and on devices: their bits, and the format's names there. */
import { exponentOf, type FloatFormat } from "./float-format";

/** How elements are held in memory: narrow formats as f32 numbers that the format can represent. */
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint8Array;

export interface Encoding {
  /** Bytes of an element. */
  readonly bytes: number;
  /** Its name in safetensors files: "F16". */
  readonly safetensors: string;
  /** Its number in ONNX's TensorProto.DataType, and ONNX Runtime's name for it. */
  readonly onnx: { readonly type: number; readonly name: string };
  /** The bits of numbers of the format. Other numbers lose the bits that the format does not have; numbers that are too large become infinite, or NaN. */
  toBits(numbers: ArrayLike<number>): Float64Array | Float32Array | Uint16Array | Uint8Array;
  /** The numbers that the bits stand for, as they are held in memory. */
  fromBits(bits: ArrayBufferLike, offset?: number, length?: number): Float64Array | Float32Array;
}

type Names = Pick<Encoding, "safetensors" | "onnx">;

/** Encoding of a format whose bits are those of a typed array. */
export function plainEncoding(array: typeof Float32Array | typeof Float64Array, names: Names): Encoding {
  return {
    ...names,
    bytes: array.BYTES_PER_ELEMENT,
    toBits: (numbers) => (numbers instanceof array ? numbers : array.from(numbers)),
    fromBits: (bits, offset, length) => new array(bits as ArrayBuffer, offset, length),
  };
}

/** The exponent bits of f32, all set: infinities and NaN. */
const SPECIAL = 0xff;

/**
 * Encoding of a format of 16 bits that is held as f32: a sign, 16 − p bits of exponent with the bias `maxExponent`, p − 1 bits of fraction.
 * Subnormal numbers are multiples of 2^(2 − maxExponent − p).
 */
export function encoding16(precision: number, maxExponent: number, names: Names): Encoding {
  const f32 = new Float32Array(1);
  const words = new Uint32Array(f32.buffer);
  const fractionBits = precision - 1;
  const special = (2 ** (16 - precision) - 1) << fractionBits;
  const lost = 23 - fractionBits;

  const encode = (x: number): number => {
    f32[0] = x;
    const word = words[0]!;
    const sign = (word >>> 16) & 0x8000;
    const exponent = (word >>> 23) & SPECIAL;
    const fraction = word & 0x7fffff;
    // a NaN becomes quiet, and keeps as much of its payload as there is room for
    if (exponent === SPECIAL)
      return sign | special | (fraction >>> lost) | (fraction === 0 ? 0 : 1 << (fractionBits - 1));
    const biased = exponent - 127 + maxExponent;
    if (biased > 2 * maxExponent) return sign | special;
    if (biased > 0 && exponent > 0) return sign | (biased << fractionBits) | (fraction >>> lost);
    const significand = exponent === 0 ? fraction : fraction | 0x800000;
    const shift = lost + 1 - Math.max(biased, 1 - 127 + maxExponent);
    return shift > 24 ? sign : sign | (significand >>> shift);
  };

  /** The word of f32 that is the same number. */
  const wordOf = (half: number): number => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half & 0x7fff) >>> fractionBits;
    const fraction = half & ((1 << fractionBits) - 1);
    if (exponent === special >>> fractionBits) return sign | (SPECIAL << 23) | (fraction << lost);
    if (exponent > 0) return sign | ((exponent - maxExponent + 127) << 23) | (fraction << lost);
    f32[0] = fraction * 2 ** (2 - maxExponent - precision);
    return sign | words[0]!;
  };

  let table: Uint32Array | undefined;
  return {
    ...names,
    bytes: 2,
    toBits: (numbers) => Uint16Array.from(numbers, encode),
    fromBits(bits, offset, length) {
      table ??= Uint32Array.from({ length: 2 ** 16 }, (_, i) => wordOf(i));
      const known = table;
      const halves = new Uint16Array(bits as ArrayBuffer, offset, length);
      return new Float32Array(Uint32Array.from(halves, (i) => known[i]!).buffer);
    },
  };
}

/**
 * Encoding of a format of 8 bits that is held as f32: a sign, 8 − p bits of exponent, p − 1 bits of fraction. Without infinities all
 * exponents are those of numbers, and only the largest pattern of each sign is NaN.
 */
export function encoding8(format: FloatFormat, names: Names): Encoding {
  const { precision, minExponent, largest, infinite } = format;
  const unit = 2 ** (precision - 1);
  /** The pattern of |x| counts the numbers from 0 upwards. */
  const magnitude = (x: number): number => {
    const exponent = Math.max(exponentOf(x), minExponent);
    return (exponent - minExponent) * unit + Math.floor((x / 2 ** exponent) * unit);
  };
  const last = magnitude(largest);
  const encode = (x: number): number => {
    const sign = x < 0 || Object.is(x, -0) ? 0x80 : 0;
    if (Number.isNaN(x)) return 0x7f;
    return sign | (Math.abs(x) > largest ? last + 1 : magnitude(Math.abs(x)));
  };
  const numberOf = (bits: number): number => {
    const [sign, pattern] = [bits & 0x80 ? -1 : 1, bits & 0x7f];
    if (pattern > last) return infinite && pattern === last + 1 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    const exponent = Math.max(Math.floor(pattern / unit), 1);
    return sign * (pattern - (exponent - 1) * unit) * 2 ** (exponent - 1 + minExponent - precision + 1);
  };
  const table = Float32Array.from({ length: 2 ** 8 }, (_, bits) => numberOf(bits));
  return {
    ...names,
    bytes: 1,
    toBits: (numbers) => Uint8Array.from(numbers, encode),
    fromBits: (bits, offset, length) =>
      Float32Array.from(new Uint8Array(bits as ArrayBuffer, offset, length), (i) => table[i]!),
  };
}
