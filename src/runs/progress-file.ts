/** How far a run is, in its folder, for whoever follows it from another process: `progress.json`, there while it runs. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readRegularIfThere, writeAtomically } from "../util";
import type { Progress } from "./types";

export const PROGRESS_FILE = "progress.json";

/** Shortest time between two writes, in milliseconds. */
const EVERY_MS = 500;

/** The progress of a run, and whose it is. */
export interface SessionProgress extends Progress {
  readonly pid: number;
  /** Whether the process belongs to the run alone, and not to a terminal or a program: whoever follows the run may stop it. */
  readonly detached: boolean;
  /** ISO 8601. */
  readonly at: string;
}

const schema = z.object({
  done: z.number(),
  total: z.number(),
  unit: z.string(),
  secondsLeft: z.number().optional(),
  label: z.string().optional(),
  pid: z.int().positive(),
  detached: z.boolean(),
  at: z.string(),
});

/** Writes the latest progress, at most twice a second. */
export class ProgressFile {
  private readonly path: string;
  private latest: Progress | undefined;
  private writtenAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    directory: string,
    private readonly detached: boolean,
  ) {
    this.path = join(directory, PROGRESS_FILE);
  }

  report(progress: Progress): void {
    this.latest = progress;
    const wait = this.writtenAt + EVERY_MS - performance.now();
    if (wait <= 0) this.write();
    else this.timer ??= setTimeout(() => this.writeLater(), wait).unref();
  }

  /** Once nobody is at work on the run, it has no progress. */
  remove(): void {
    clearTimeout(this.timer);
    this.latest = undefined;
    rmSync(this.path, { force: true });
  }

  /** What cannot be written now is tried again, and reported, with the next progress. */
  private writeLater(): void {
    this.timer = undefined;
    try {
      this.write();
    } catch {
      this.writtenAt = Number.NEGATIVE_INFINITY;
    }
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.latest) return;
    this.writtenAt = performance.now();
    const session = { ...this.latest, pid: process.pid, detached: this.detached, at: new Date().toISOString() };
    writeAtomically(this.path, `${JSON.stringify(session satisfies SessionProgress)}\n`);
  }
}

/**
 * The progress of a run that goes on; undefined before the first one, and of a run that nobody is at work on. A file that goes just now, or
 * that is damaged, tells nothing: it is only ever news, and a run must not be lost, nor a list of runs, for it.
 */
export function readProgress(directory: string): SessionProgress | undefined {
  try {
    const content = readRegularIfThere(join(directory, PROGRESS_FILE));
    return content && (schema.parse(JSON.parse(content.toString("utf8"))) as SessionProgress);
  } catch {
    return undefined;
  }
}
