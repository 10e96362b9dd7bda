/** The new lines of a file that another process appends to. */
import { statSync } from "node:fs";
import { readRegularIfThere } from "../../util";

export class LogTail {
  /** Bytes that have been seen. */
  private seen: number;

  /** Begins at the end of what is there. */
  constructor(private readonly path: string) {
    this.seen = this.size();
  }

  /** The lines that have been completed since the last call. */
  lines(): string[] {
    if (this.size() <= this.seen) return [];
    const news = readRegularIfThere(this.path)?.subarray(this.seen) ?? Buffer.alloc(0);
    const complete = news.subarray(0, news.lastIndexOf("\n") + 1);
    this.seen += complete.length;
    return complete.toString("utf8").split("\n").slice(0, -1);
  }

  private size(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }
}
