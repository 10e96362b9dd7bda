/** The bits of IEEE 754 binary16, in which GPUs and ONNX files hold numbers of f16. */

const f32 = new Float32Array(1);
const bits = new Uint32Array(f32.buffer);

/** The bits of numbers of f16. Other numbers lose the bits that f16 has not; those beyond 65504 become infinite. */
export function toHalfBits(numbers: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(numbers, (x) => {
    f32[0] = x;
    const [sign, exponent, fraction] = [(bits[0]! >>> 16) & 0x8000, (bits[0]! >>> 23) & 0xff, bits[0]! & 0x7fffff];
    if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
    if (exponent > 142) return sign | 0x7c00;
    if (exponent > 112) return sign | ((exponent - 112) << 10) | (fraction >>> 13);
    // subnormal in f16: units of 2^-24
    return exponent < 103 ? sign : sign | ((fraction | 0x800000) >>> (126 - exponent));
  });
}

let table: Float32Array | undefined;

/** The numbers behind bits of f16. */
export function fromHalfBits(half: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, i) => decode(i));
  const known = table;
  return Float32Array.from(half, (i) => known[i]!);
}

function decode(half: number): number {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >>> 10) & 0x1f, half & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
