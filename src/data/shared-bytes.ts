/** Memory that threads share, so that a loader's thread reads images where they are. */

/** So many bytes in a SharedArrayBuffer, all 0. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
