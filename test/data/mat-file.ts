/** A writer of MAT-files of level 5, from the format's description: either byte order, deflated or not. */
import { deflateSync } from "node:zlib";

export interface Layout {
  /** Default true. */
  readonly little?: boolean;
  /** Default false. */
  readonly deflated?: boolean;
  /** Bytes of nothing after each deflated array, deflated with it; default 0. */
  readonly trailing?: number;
}

/** mxUINT8_CLASS and others, by the names that the reader uses. */
const CLASSES = { cell: 1, char: 4, double: 6, single: 7, uint8: 9, uint16: 11 };
type Kind = keyof typeof CLASSES;
const INT8 = 1;
const UINT8 = 2;
const INT32 = 5;
const UINT32 = 6;
const DOUBLE = 9;

export class MatWriter {
  constructor(private readonly layout: Layout = {}) {}

  file(...elements: Uint8Array[]): Buffer {
    const header = Buffer.alloc(128, " ");
    header.write("MATLAB 5.0 MAT-file, written by a test");
    header.fill(0, 116, 124);
    header.set(this.little ? [0, 1, 0x49, 0x4d] : [1, 0, 0x4d, 0x49], 124);
    return Buffer.concat([header, ...elements]);
  }

  /** An array of bytes; `cut`: how many bytes its element lacks at the end. */
  bytes(name: string, dimensions: readonly number[], values: Uint8Array, kind: Kind = "uint8", cut = 0): Buffer {
    return this.array(name, dimensions, kind, this.element(UINT8, values), cut);
  }

  /** An array of doubles. */
  doubles(name: string, dimensions: readonly number[], values: readonly number[]): Buffer {
    const data = Buffer.alloc(8 * values.length);
    for (const [i, value] of values.entries()) {
      if (this.little) data.writeDoubleLE(value, 8 * i);
      else data.writeDoubleBE(value, 8 * i);
    }
    return this.array(name, dimensions, "double", this.element(DOUBLE, data));
  }

  private get little(): boolean {
    return this.layout.little ?? true;
  }

  private array(name: string, dimensions: readonly number[], kind: Kind, values: Buffer, cut = 0): Buffer {
    const matrix = Buffer.concat([
      this.element(UINT32, this.words(CLASSES[kind], 0)),
      this.element(INT32, this.words(...dimensions)),
      this.element(INT8, Buffer.from(name)),
      values,
    ]);
    const element = Buffer.concat([this.words(14, matrix.length), matrix.subarray(0, matrix.length - cut)]);
    if (!this.layout.deflated) return element;
    const packed = deflateSync(Buffer.concat([element, Buffer.alloc(this.layout.trailing ?? 0)]));
    return Buffer.concat([this.words(15, packed.length), packed]);
  }

  /** Up to four bytes lie in the tag; more are padded to a multiple of eight. */
  private element(type: number, data: Uint8Array): Buffer {
    if (data.length > 0 && data.length <= 4) {
      return Buffer.concat([this.words((data.length << 16) | type), data, Buffer.alloc(4 - data.length)]);
    }
    return Buffer.concat([this.words(type, data.length), data, Buffer.alloc(-data.length & 7)]);
  }

  private words(...values: number[]): Buffer {
    const data = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) {
      if (this.little) data.writeUInt32LE(value, 4 * i);
      else data.writeUInt32BE(value, 4 * i);
    }
    return data;
  }
}
