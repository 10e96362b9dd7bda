/**
 * One writer per folder. Each writer creates a file named after its process, `lock.<pid>.<start>.<place>`, and then looks for others:
 * of two writers at the same moment at least one sees the other and gives up.
 *
 * A lock of the same place, where processes see each other, counts for nothing once its process is gone, by SIGKILL too. That of
 * another place (a container, another machine with the same file system) counts until it has not been rewritten for half a minute;
 * then it is watched for a while, since clocks jump, and taken over if nothing rewrites it.
 */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive, NonsmoothError, ownPlace, ownStart, readRegularIfThere } from "../util";
import { BEAT_MS, keepBeating, stopBeating } from "./heartbeat";

/** After so long without a sign of life a lock of another place is free. */
const SILENT_MS = 30_000;
/** How long it is watched before it is taken. */
const WATCH_MS = 2.5 * BEAT_MS;

/** Locks of this process; those that are left when it ends are removed. */
const held = new Set<string>();
process.on("exit", () => {
  for (const path of held) rmSync(path, { force: true });
});

const NAME = /^lock\.(\d+)\.(\d+)(?:\.([0-9a-f]{8}))?$/;

/** Another writer's lock. */
interface Lock {
  readonly path: string;
  readonly pid: number;
  readonly start: string;
  /** Whether its process could be seen from here. */
  readonly isNear: boolean;
}

/** A folder that is taken for this process. */
export interface Hold {
  /** Gives it back. */
  release(): void;
  /** Whether the lock is still there: another writer takes that of a process that was asleep for too long. */
  isHeld(): boolean;
  /** What was taken over, for people; empty as a rule. */
  readonly notes: readonly string[];
}

/**
 * Takes the folder for this process.
 * @param taken the error for a folder that another holds, "process 12" or "this process"; default: that of a run folder
 * @throws if a live process, this one included, holds it.
 */
export function lockFolder(
  folder: string,
  taken = (who: string, hint?: string): NonsmoothError => runTaken(folder, who, hint),
): Hold {
  const name = `lock.${process.pid}.${ownStart()}.${ownPlace}`;
  const path = join(folder, name);
  if (existsSync(path)) throw taken("this process");
  // the first two words are what another place is told
  const content = `${hostname()} ${new Date().toISOString()} `;
  create(path, `${content}0\n`);
  held.add(path);
  keepBeating(path, content);
  const release = () => {
    stopBeating(path);
    rmSync(path, { force: true });
    held.delete(path);
  };
  try {
    const notes = locksOf(folder).flatMap((lock) => (lock.path === path ? [] : takeOver(lock, path, taken)));
    return { release, isHeld: () => existsSync(path), notes };
  } catch (error) {
    release();
    throw error;
  }
}

/** A new file. On a full disk it may be made and then not be written: it does not stay. */
function create(path: string, content: string): void {
  try {
    writeFileSync(path, content, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(path, { force: true });
    throw error;
  }
}

/** Whether a live process writes to the folder, as far as can be seen without writing there. */
export const isLocked = (folder: string): boolean => holderOf(folder) !== undefined;

/** The live process that writes to a folder, as far as can be seen without writing there; `isNear`: it can be sent a signal. */
export function holderOf(folder: string): { readonly pid: number; readonly isNear: boolean } | undefined {
  if (!existsSync(folder)) return undefined;
  return locksOf(folder).find((lock) => (lock.isNear ? isAlive(lock.pid, lock.start) : isRecent(lock, Date.now())));
}

/** @throws as `lockFolder`, if a live process holds the folder, as far as can be seen without writing there */
export function requireNotHeld(folder: string): void {
  const holder = holderOf(folder);
  if (holder) throw runTaken(folder, `process ${holder.pid}${holder.isNear ? "" : " of another container or machine"}`);
}

/** Removes the lock of a dead writer. @throws what `taken` makes if it is alive */
function takeOver(lock: Lock, own: string, taken: (who: string, hint?: string) => NonsmoothError): string[] {
  if (lock.isNear) {
    if (isAlive(lock.pid, lock.start)) throw taken(`process ${lock.pid}`);
    rmSync(lock.path, { force: true });
    return [];
  }
  const beat = readBeat(lock);
  if (beat === undefined) return []; // it was given back
  const [host = "", since = ""] = beat.split(" ");
  const who = `process ${lock.pid} of another container or machine, host ${host}, since ${since},`;
  const hint = `stop it there; if it is gone, its lock is free after ${SILENT_MS / 1000} s without a sign of life. Or remove ${lock.path}`;
  if (isRecent(lock, modified(own) ?? 0)) throw taken(who, hint);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WATCH_MS);
  const later = readBeat(lock);
  if (later !== undefined && later !== beat) throw taken(who, hint);
  rmSync(lock.path, { force: true });
  return [`took over from ${who} which gave no sign of life`];
}

/** @param now by the clock that also made the time of the lock */
function isRecent(lock: Lock, now: number): boolean {
  const age = now - (modified(lock.path) ?? Number.NEGATIVE_INFINITY);
  return age < SILENT_MS && age > -SILENT_MS;
}

const modified = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.mtimeMs;

/** Opening a file makes network file systems ask for it anew. */
const readBeat = ({ path }: Lock): string | undefined => readRegularIfThere(path)?.toString("utf8");

function runTaken(folder: string, who: string, hint?: string): NonsmoothError {
  const rule = `has one writer at a time, and ${who} is writing to it`;
  return new NonsmoothError("run folder", rule, { got: folder, hint, code: "run-folder-busy" });
}

function locksOf(folder: string): Lock[] {
  return readdirSync(folder).flatMap((file) => {
    const [, pid, start, place = ownPlace] = NAME.exec(file) ?? [];
    return pid && start ? [{ path: join(folder, file), pid: Number(pid), start, isNear: place === ownPlace }] : [];
  });
}
