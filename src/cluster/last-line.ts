import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegularFileSync } from "../util";

/** More than any line of a log. */
const BYTES = 65_536;

/** The last line of a log that is not empty; undefined where there is none, or no log. */
export function lastLine(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openRegularFileSync(path);
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, BYTES));
    readSync(file, end, 0, end.length, size - end.length);
    return end
      .toString("utf8")
      .split(/[\r\n]+/)
      .map((line) => line.trim())
      .findLast((line) => line !== "");
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
