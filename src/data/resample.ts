/**
 * Cropping and scaling of images held as bytes, bit for bit as in Pillow, and therefore as in torchvision on Pillow images:
 * bilinear with antialiasing, weights of 22 bits, first along the rows, then along the columns, each rounded to bytes
 * (Pillow 12.3, src/libImaging/Resample.c, `ImagingResampleInner` for 8 bits a channel).
 */

/** One image as bytes. */
export interface ByteImage {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** [height × width × channels] */
  readonly bytes: Uint8Array;
}

/** Bits after the binary point of a weight: 32 minus 8 for a pixel and 2 to spare. */
const PRECISION = 22;
/** The initial value of a sum, so that truncating it rounds it. */
const HALF = 1 << (PRECISION - 1);

/** The part of an image that begins at (top, left); outside the image it is 0, as with torchvision's padding. */
export function cropImage(image: ByteImage, top: number, left: number, height: number, width: number): ByteImage {
  const { channels, bytes } = image;
  const part = new Uint8Array(height * width * channels);
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(width, image.width - left);
  const lastRow = Math.min(height, image.height - top);
  for (let y = Math.max(0, -top); y < lastRow && firstColumn < lastColumn; y++) {
    const row = ((y + top) * image.width + left) * channels;
    const from = bytes.subarray(row + firstColumn * channels, row + lastColumn * channels);
    part.set(from, (y * width + firstColumn) * channels);
  }
  return { height, width, channels, bytes: part };
}

/** Scaled to height × width as Pillow's `resize((width, height), BILINEAR)`. */
export function resizeImage(image: ByteImage, height: number, width: number): ByteImage {
  const wide = image.width === width ? image : scaleRows(image, width);
  return wide.height === height ? wide : scaleColumns(wide, height);
}

function scaleRows(image: ByteImage, width: number): ByteImage {
  const { height, channels, bytes } = image;
  const { first, taps, weights, reach } = weightsFor(image.width, width);
  const scaled = new Uint8Array(height * width * channels);
  for (let x = 0; x < width; x++) {
    const count = taps[x]!;
    for (let y = 0; y < height; y++) {
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) {
        let from = (y * image.width + first[x]!) * channels + c;
        let sum = HALF;
        for (let k = x * reach, end = k + count; k < end; k++, from += channels) sum += bytes[from]! * weights[k]!;
        scaled[to + c] = sum >> PRECISION;
      }
    }
  }
  return { height, width, channels, bytes: scaled };
}

function scaleColumns(image: ByteImage, height: number): ByteImage {
  const { width, channels, bytes } = image;
  const { first, taps, weights, reach } = weightsFor(image.height, height);
  const row = width * channels;
  const scaled = new Uint8Array(height * row);
  const sums = new Int32Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    for (let k = 0; k < taps[y]!; k++) {
      const weight = weights[y * reach + k]!;
      const from = (first[y]! + k) * row;
      for (let i = 0; i < row; i++) sums[i]! += bytes[from + i]! * weight;
    }
    for (let i = 0; i < row; i++) scaled[y * row + i] = sums[i]! >> PRECISION;
  }
  return { height, width, channels, bytes: scaled };
}

/** For each output pixel: the first input pixel it uses, how many it uses, and their weights (`reach` places each). */
interface Weights {
  readonly first: Int32Array;
  readonly taps: Int32Array;
  readonly weights: Int32Array;
  readonly reach: number;
}

/** A triangle over each output pixel's centre, as wide as two pixels of the coarser grid, cut at the edges. */
function weightsFor(inputs: number, outputs: number): Weights {
  const scale = inputs / outputs;
  const support = Math.max(scale, 1);
  const reach = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const taps = new Int32Array(outputs);
  const weights = new Int32Array(outputs * reach);
  // 1/support first, then the product: Pillow's order of rounding
  const inverse = 1 / support;
  for (let x = 0; x < outputs; x++) {
    const centre = (x + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(inputs, Math.trunc(centre + support + 0.5)) - from;
    const triangle = Array.from({ length: count }, (_, k) => {
      return Math.max(0, 1 - Math.abs((k + from - centre + 0.5) * inverse));
    });
    let sum = 0;
    for (const weight of triangle) sum += weight;
    for (let k = 0; k < count; k++) weights[x * reach + k] = 0.5 + (triangle[k]! / sum) * (1 << PRECISION);
    first[x] = from;
    taps[x] = count;
  }
  return { first, taps, weights, reach };
}
