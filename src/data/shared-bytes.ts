/** Memory that threads share, so that a loader's thread can read images without a copy. */

/** Numbers in a SharedArrayBuffer, all 0. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * length));
}

/** The given number of bytes in a SharedArrayBuffer, all 0. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
