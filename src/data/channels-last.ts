/** From the order in which a file stores an image to ours: [height, width, channels], row-major. */

/** Moves the values of one image: target[to + i] = source[from + the stored index of our i-th value]. */
export type Reorder = (source: Uint8Array | Float64Array, from: number, target: Uint8Array, to: number) => void;

/**
 * The function that brings images into our order.
 *
 * @param shape [height, width, channels]
 * @param stored where the file has the value at row y, column x of channel c, counted from the image's beginning
 */
export function channelsLast(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  stored: (y: number, x: number, c: number) => number,
): Reorder {
  const indices = new Uint32Array(height * width * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) indices[at++] = stored(y, x, c);
    }
  }
  return (source, from, target, to) => {
    for (let i = 0; i < indices.length; i++) target[to + i] = source[from + indices[i]!]!;
  };
}
