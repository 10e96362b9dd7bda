/**
 * Whether a writer that cannot be seen is alive, by its lock, which it rewrites every two seconds. Clocks of machines differ, some file
 * systems take the times of files from them, and a reader's clock is not the file system's: a time that is not recent proves nothing.
 * Only a lock that was looked at twice and has not changed is silent.
 */
import { statSync } from "node:fs";
import { readRegularFileSync } from "../util";
import { BEAT_MS } from "./heartbeat";

/** After so long without a sign of life a writer counts as gone. */
export const SILENT_MS = 30_000;
/** How long a lock is watched whose time is not recent: by who only wants to know, and by who takes it. */
export const GLANCE_MS = 2.5 * BEAT_MS;
export const WATCH_MS = 5 * BEAT_MS;

/** What this process has seen of a lock; times by its own steady clock. */
interface Look {
  readonly sign: string;
  /** When this sign was first seen. */
  readonly since: number;
  /** Whether it was seen to change: then its writer was alive at that time. */
  readonly moved: boolean;
  readonly at: number;
}

const looks = new Map<string, Look>();

/** @param now by the clock that made the time of the lock, as far as that is known @param watch how long it is watched if need be */
export function showsLife(path: string, now: number, watch: number): boolean {
  const { moved, since } = look(path) ?? {};
  if (since === undefined) return false;
  const silence = performance.now() - since;
  if (moved) return silence < SILENT_MS;
  return (isRecent(path, now) && silence < SILENT_MS) || moves(path, watch);
}

/** Whether a lock changes, or is given back, within a time from the first look on. Where that is long ago, nothing waits. */
export function moves(path: string, watch: number): boolean {
  const first = look(path);
  if (!first || first.moved) return first !== undefined;
  const rest = watch - (performance.now() - first.since);
  if (rest > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
  return rest > 0 && look(path)?.moved !== false;
}

/** Whether a lock was written in the last half minute. */
export const isRecent = (path: string, now: number): boolean => Math.abs(ageOf(path, now)) < SILENT_MS;

export const ageOf = (path: string, now: number): number => now - (modified(path) ?? Number.NEGATIVE_INFINITY);

/** Looks at a lock, and keeps what it saw; undefined if it is gone. */
export function look(path: string): Look | undefined {
  const sign = signOf(path);
  if (sign === undefined) {
    looks.delete(path);
    return undefined;
  }
  const before = looks.get(path);
  const at = performance.now();
  const isSame = before?.sign === sign;
  const moved = isSame ? before.moved : before !== undefined && at - before.at < SILENT_MS;
  const seen = { sign, at, since: isSame ? before.since : at, moved };
  looks.set(path, seen);
  return seen;
}

/** What changes with each beat: the content, and where that cannot be read, the time. */
function signOf(path: string): string | undefined {
  const content = contentOf(path); // first: opening a file makes network file systems ask for its time anew
  const time = modified(path);
  return time === undefined ? undefined : content || String(time);
}

/** Of a lock that is empty or that this user may not read: "". */
export function contentOf(path: string): string {
  try {
    return readRegularFileSync(path).toString("utf8");
  } catch {
    return "";
  }
}

export const modified = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
