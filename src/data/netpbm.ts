/**
 * Netpbm's binary formats (https://netpbm.sourceforge.net/doc/pgm.html, ppm.html): PGM (P5) and PPM (P6) of 8 and 16 bits, for which sharp
 * has no decoder. Values as in Pillow: scaled by 255 / maxval to bytes, halves to even; grey of 16 bits to 65535, then clipped at 255.
 */
import type { ByteImage } from "./resample";

const OTHERS: Readonly<Record<string, string>> = {
  P1: "plain bitmap",
  P2: "plain PGM",
  P3: "plain PPM",
  P4: "bitmap",
  P7: "PAM",
};

export const isNetpbm = (file: Uint8Array): boolean => file[0] === 0x50 && file[1]! >= 0x31 && file[1]! <= 0x37;

/** The image as RGB. @throws Error saying what is wrong with the file */
export function decodeNetpbm(file: Uint8Array): ByteImage {
  const magic = String.fromCharCode(file[0]!, file[1]!);
  if (magic in OTHERS) throw new Error(`Netpbm ${magic} (${OTHERS[magic]}): only P5 and P6 are decoded`);
  const header = new Header(file);
  const [width, height, maxval] = [header.number("width"), header.number("height"), header.number("maxval")];
  if (maxval > 65535) throw new Error(`maxval of ${magic} must be at most 65535, got ${maxval}`);
  const bands = magic === "P6" ? 3 : 1;
  const bytes = maxval < 256 ? 1 : 2;
  const [begin, length] = [header.at + 1, width * height * bands];
  const missing = length * bytes - (file.length - begin);
  if (missing > 0) throw new Error(`${magic} of ${width} × ${height} is truncated: ${missing} bytes are missing`);
  const wide = bands === 1 && bytes === 2;
  const outMax = wide ? 65535 : 255;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < length; i++) {
    const at = begin + i * bytes;
    const value = bytes === 1 ? file[at]! : 256 * file[at]! + file[at + 1]!;
    const scaled = Math.min(255, maxval === outMax ? value : halfToEven((value / maxval) * outMax));
    if (bands === 3) rgb[i] = scaled;
    else rgb.fill(scaled, 3 * i, 3 * i + 3);
  }
  return { height, width, channels: 3, bytes: rgb };
}

/** The numbers of a header, between white space and comments. */
class Header {
  at = 2;

  constructor(private readonly file: Uint8Array) {}

  /** The next number; `at` is then the byte after it: one of white space. */
  number(what: string): number {
    while (isSpace(this.file[this.at]) || this.file[this.at] === HASH) {
      if (this.file[this.at++] !== HASH) continue;
      while (this.at < this.file.length && !isLineEnd(this.file[this.at])) this.at++;
    }
    const begin = this.at;
    while (isDigit(this.file[this.at])) this.at++;
    const text = String.fromCharCode(...this.file.subarray(begin, Math.min(this.at, begin + 12)));
    if (!isSpace(this.file[this.at]) || !/^[1-9]\d{0,8}$/.test(text)) {
      throw new Error(`${what} in the header must be a positive integer, got ${JSON.stringify(text)}`);
    }
    return Number(text);
  }
}

const HASH = 0x23;
const isSpace = (byte: number | undefined) => byte === 0x20 || (byte !== undefined && byte >= 9 && byte <= 13);
const isLineEnd = (byte: number | undefined) => byte === 10 || byte === 13;
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** As Python's round. */
function halfToEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + (down % 2) : Math.round(x);
}
