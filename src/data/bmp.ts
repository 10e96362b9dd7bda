/**
 * Windows bitmaps without compression, for which sharp has no decoder: a palette of 1, 4 or 8 bits, 24 and 32 bits
 * (https://learn.microsoft.com/windows/win32/gdi/bitmap-storage). The fourth byte of 32 bits is dropped, as all transparency is.
 */
import type { ByteImage } from "./resample";

/** BITMAPFILEHEADER's bytes. */
const FILE_HEADER = 14;
/** BITMAPCOREHEADER has 16-bit sizes and palette entries of 3 bytes. */
const CORE = 12;
const INFO = 40;
const COMPRESSIONS = ["none", "RLE8", "RLE4", "bit fields", "JPEG", "PNG", "bit fields with alpha"];
const FIELDS = new Set([3, 6]);
/** Red, green, blue of the usual order of bytes. */
const USUAL_FIELDS = [0xff0000, 0xff00, 0xff];

export const isBmp = (file: Uint8Array): boolean => file[0] === 0x42 && file[1] === 0x4d;

interface Layout {
  readonly width: number;
  readonly height: number;
  /** The first row of the file is the last of the image. */
  readonly bottomUp: boolean;
  readonly bits: number;
  /** Where the pixels begin. */
  readonly begin: number;
  /** RGB by index; undefined without a palette. */
  readonly palette: Uint8Array | undefined;
}

/** The image as RGB. @throws Error saying what is wrong with the file */
export function decodeBmp(file: Uint8Array): ByteImage {
  const { width, height, bottomUp, bits, begin, palette } = layoutOf(file);
  const stride = Math.ceil((width * bits) / 32) * 4;
  // as in Pillow, the bytes that fill up the last row may be missing
  const missing = stride * (height - 1) + Math.ceil((width * bits) / 8) - (file.length - begin);
  if (missing > 0) throw new Error(`bitmap of ${width} × ${height} is truncated: ${missing} bytes are missing`);
  const bytes = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = file.subarray(begin + stride * (bottomUp ? height - 1 - y : y));
    const out = bytes.subarray(3 * width * y, 3 * width * (y + 1));
    if (palette) takeIndexed(row, bits, palette, out);
    else takeColours(row, bits / 8, out);
  }
  return { height, width, channels: 3, bytes };
}

function layoutOf(file: Uint8Array): Layout {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const size = file.length < FILE_HEADER + 4 ? 0 : view.getUint32(FILE_HEADER, true);
  if (size !== CORE && size < INFO)
    throw new Error(`header of a bitmap must have 12 or at least 40 bytes, got ${size}`);
  if (file.length < FILE_HEADER + Math.max(size, CORE)) throw new Error("the header of the bitmap is cut off");
  const begin = view.getUint32(10, true);
  const core = size === CORE;
  const at = FILE_HEADER + 4;
  const width = core ? view.getUint16(at, true) : view.getInt32(at, true);
  const signed = core ? view.getUint16(at + 2, true) : view.getInt32(at + 4, true);
  const bits = view.getUint16(core ? at + 6 : at + 10, true);
  const compression = core ? 0 : view.getUint32(at + 12, true);
  if (width < 1 || signed === 0) throw new Error(`bitmap must not be empty, got ${width} × ${signed}`);
  if (FIELDS.has(compression) && bits === 32) checkFields(view);
  else if (compression !== 0) {
    throw new Error(`bitmap must not be compressed, got ${COMPRESSIONS[compression] ?? compression}, ${bits} bits`);
  }
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`bitmap must have 1, 4, 8, 24 or 32 bits, got ${bits}`);
  const entries = core ? 0 : view.getUint32(at + 28, true);
  const palette = bits > 8 ? undefined : paletteOf(file, FILE_HEADER + size, entries || 2 ** bits, core ? 3 : 4);
  return { width, height: Math.abs(signed), bottomUp: signed > 0, bits, begin, palette };
}

/** The masks follow the 40 bytes of the header, in longer headers as a part of them. */
function checkFields(view: DataView): void {
  if (view.byteLength < FILE_HEADER + INFO + 12) throw new Error("the header of the bitmap is cut off");
  const masks = USUAL_FIELDS.map((_, i) => view.getUint32(FILE_HEADER + INFO + 4 * i, true));
  if (masks.some((mask, i) => mask !== USUAL_FIELDS[i])) {
    throw new Error(
      `bit fields of a bitmap must be those of blue, green, red, got ${masks.map((mask) => mask.toString(16))}`,
    );
  }
}

function paletteOf(file: Uint8Array, begin: number, entries: number, width: number): Uint8Array {
  if (entries > 256 || begin + entries * width > file.length)
    throw new Error(`palette of ${entries} colours is cut off`);
  const palette = new Uint8Array(entries * 3);
  for (let i = 0; i < entries; i++) {
    for (let c = 0; c < 3; c++) palette[3 * i + c] = file[begin + i * width + 2 - c]!;
  }
  return palette;
}

function takeIndexed(row: Uint8Array, bits: number, palette: Uint8Array, rgb: Uint8Array): void {
  for (let x = 0; x < rgb.length / 3; x++) {
    const shift = 8 - bits - ((x * bits) % 8);
    const index = (row[(x * bits) >> 3]! >> shift) & (2 ** bits - 1);
    if (3 * index >= palette.length)
      throw new Error(`colours must be of the palette's ${palette.length / 3}, got number ${index}`);
    rgb.set(palette.subarray(3 * index, 3 * index + 3), 3 * x);
  }
}

function takeColours(row: Uint8Array, width: number, rgb: Uint8Array): void {
  for (let x = 0; x < rgb.length / 3; x++) {
    for (let c = 0; c < 3; c++) rgb[3 * x + c] = row[x * width + 2 - c]!;
  }
}
