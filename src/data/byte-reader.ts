/** Reads a stream of bytes in the pieces that a file format needs. */

/** Takes bytes from chunks of any length, in order; `cut` makes the error for a stream that ends too early. */
export class ByteReader {
  /** Bytes taken so far. */
  position = 0;
  private chunk: Uint8Array = new Uint8Array(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(
    source: AsyncIterable<Uint8Array>,
    private readonly cut: () => Error,
  ) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    while (this.chunk.length === 0) {
      const { done, value } = await this.chunks.next();
      if (done) return true;
      this.chunk = value;
    }
    return false;
  }

  /** The next `count` bytes; a view if they lie in one chunk. */
  async take(count: number): Promise<Uint8Array> {
    if (count <= this.chunk.length) return this.split(count);
    const bytes = new Uint8Array(count);
    for (let have = 0; have < count; ) {
      if (await this.atEnd()) throw this.cut();
      const part = this.split(Math.min(count - have, this.chunk.length));
      bytes.set(part, have);
      have += part.length;
    }
    return bytes;
  }

  /** The next `count` bytes in pieces, each a multiple of `unit` long, as is `count`. */
  async *pieces(count: number, unit = 1): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = count; left > 0; ) {
      if (await this.atEnd()) throw this.cut();
      const whole = this.chunk.length - (this.chunk.length % unit);
      const piece = await this.take(Math.min(left, Math.max(whole, unit)));
      left -= piece.length;
      yield piece;
    }
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.pieces(count));
  }

  /** Ends the stream at the current position. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** The next bytes of the chunk. */
  private split(count: number): Uint8Array {
    const part = this.chunk.subarray(0, count);
    this.chunk = this.chunk.subarray(count);
    this.position += count;
    return part;
  }
}
