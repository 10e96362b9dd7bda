/** The bits of f64 numbers, read and written as integers: what the tests use where src/ calculates. */

const view = new DataView(new ArrayBuffer(8));

/** The bit pattern of a number. */
export function bitsOf(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigUint64(0);
}

/** The number of a bit pattern. */
export function fromBits(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** The next larger f64 number in magnitude, of the same sign. */
export const outwards = (x: number): number => fromBits(bitsOf(x) + 1n);

/** The next smaller f64 number in magnitude, of the same sign; x is not 0. */
export const inwards = (x: number): number => fromBits(bitsOf(x) - 1n);
