/** Memory that threads share, so that a loader's thread can read images without a copy. */

/** The given number of bytes in a SharedArrayBuffer, all 0. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
