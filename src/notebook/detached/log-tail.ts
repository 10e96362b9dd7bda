/** The new lines of a file that another process appends to. */
import { closeSync, readSync, statSync } from "node:fs";
import { openRegularFileSync } from "../../util";

export class LogTail {
  /** Bytes that have been seen. */
  private seen: number;

  /** Begins at the end of what is there. */
  constructor(private readonly path: string) {
    this.seen = this.size();
  }

  /** The lines that have been completed since the last call. */
  lines(): string[] {
    const size = this.size();
    // it was emptied, or made anew
    if (size < this.seen) this.seen = 0;
    if (size === this.seen) return [];
    const news = this.read(size - this.seen);
    const complete = news.subarray(0, news.lastIndexOf("\n") + 1);
    this.seen += complete.length;
    return complete.toString("utf8").split("\n").slice(0, -1);
  }

  /** What is before may be larger than the memory. */
  private read(bytes: number): Buffer {
    const file = openRegularFileSync(this.path);
    try {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, this.seen));
    } finally {
      closeSync(file);
    }
  }

  private size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }
}
