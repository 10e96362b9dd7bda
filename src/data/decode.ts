/**
 * Image files to RGB bytes as torchvision's default loader, `Image.open(file).convert("RGB")`, gives them (checked against
 * Pillow 12.3): no colour management, no rotation by EXIF, transparency dropped; the content decides the file type.
 */
import type { Sharp } from "sharp";
import { NonsmoothError, readRegularFile } from "../util";
import { decodeBmp, isBmp } from "./bmp";
import { decodeNetpbm, isNetpbm } from "./netpbm";
import type { ByteImage } from "./resample";

/** An image file that cannot be decoded. */
export interface BrokenImage {
  readonly path: string;
  /** What the decoder or the file system said, on one line. */
  readonly reason: string;
  /** Whether the file was read: if not, nothing is known about the image. */
  readonly found: boolean;
}

/** Decodes a file. A failure to read or decode it is returned, not thrown. */
export async function decodeImage(path: string): Promise<ByteImage | BrokenImage> {
  let found = false;
  try {
    const file = await readRegularFile(path);
    found = true;
    if (isNetpbm(file)) return decodeNetpbm(file);
    if (isBmp(file)) return decodeBmp(file);
    // loaded with the first image that needs it, since it is a native library
    const { default: sharp } = await import("sharp");
    // "error": truncation fails, but things that decoders only warn about do not, as in Pillow
    return await toRgb(sharp(file, { failOn: "error", ignoreIcc: true }));
  } catch (error) {
    return { path, reason: reasonOf(error as Error), found };
  }
}

function reasonOf(error: Error): string {
  if (error instanceof NonsmoothError) return error.cause instanceof Error ? error.cause.message : error.detail;
  return error.message.split("\n")[0]!;
}

async function toRgb(image: Sharp): Promise<ByteImage> {
  const { space, channels } = await image.metadata();
  if (space === "cmyk") return unpack(image.pipelineColourspace("cmyk").toColourspace("cmyk").raw(), cmykToRgb);
  if (space === "grey16" && channels === 1) {
    return unpack(image.toColourspace("grey16").raw({ depth: "ushort" }), grey16ToRgb);
  }
  return unpack(image.removeAlpha().toColourspace("srgb").raw(), (bytes) => bytes);
}

async function unpack(image: Sharp, convert: (bytes: Uint8Array) => Uint8Array): Promise<ByteImage> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { height: info.height, width: info.width, channels: 3, bytes: convert(data) };
}

/** Pillow's `cmyk2rgb`: (255 − k) − ink·(255 − k)/255, the quotient rounded. Inks are already the right way round. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3]!;
    for (let c = 0; c < 3; c++) rgb[to++] = light - Math.round((cmyk[from + c]! * light) / 255);
  }
  return rgb;
}

/** Pillow clips 16-bit grey at 255 and does not scale it (unlike 16-bit RGB, of which it takes the high byte). */
function grey16ToRgb(bytes: Uint8Array): Uint8Array {
  const grey = new Uint16Array(Uint8Array.from(bytes).buffer);
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) rgb.fill(Math.min(255, grey[i]!), 3 * i, 3 * i + 3);
  return rgb;
}
