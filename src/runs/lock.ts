/**
 * One writer per folder. Each writer creates a file named after its process, `lock.<pid>.<start>.<place>`, and then looks for others:
 * of two writers at the same moment at least one sees the other and gives up.
 *
 * A lock of the same place, where processes see each other, counts for nothing once its process is gone, by SIGKILL too. That of
 * another place (a container, another machine with the same file system) counts until it has not been rewritten for half a minute;
 * then it is watched for a while, since clocks differ and jump, and taken over if nothing rewrites it.
 */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isLocalDisk, isPlaceKnown, NonsmoothError, ownPlace, ownStart, type Sight, sightOf } from "../util";
import { keepBeating, stopBeating } from "./heartbeat";
import {
  ageOf,
  contentOf,
  GLANCE_MS,
  isRecent,
  look,
  modified,
  moves,
  SILENT_MS,
  showsLife,
  WATCH_MS,
} from "./signs-of-life";

/** No clock is wrong by more: a lock that seems so old is not watched by who only wants to know. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

/** Locks of this process; those that are left when it ends are removed. */
const held = new Set<string>();
process.on("exit", () => {
  for (const path of held) rmSync(path, { force: true });
});

const NAME = /^lock\.(\d+)\.(\d+)(?:\.([0-9a-f]{8}))?$/;

/** A writer's lock. */
interface Lock {
  readonly path: string;
  readonly pid: number;
  readonly start: string;
  /** Whether its process could be seen from here. */
  readonly isNear: boolean;
}

/** The error for a folder that another holds. @param who "process 12" or "this process" */
type Taken = (who: string, hint?: string) => NonsmoothError;

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
 * @param taken default: the error of a run folder
 * @throws if a live process, this one included, holds it.
 */
export function lockFolder(folder: string, taken: Taken = (who, hint) => runTaken(folder, who, hint)): Hold {
  const name = `lock.${process.pid}.${ownStart()}.${ownPlace}`;
  const path = join(folder, name);
  requireOther(path, taken);
  // the first two words are what another place is told
  const content = `${hostname()} ${new Date().toISOString()} `;
  create(path, `${content}0\n`);
  held.add(path);
  const isCopied = keepBeating(path, content);
  const release = () => {
    stopBeating(path);
    // the lock is that of the copy now
    if (!isCopied()) rmSync(path, { force: true });
    held.delete(path);
  };
  try {
    const notes = locksOf(folder).flatMap((lock) => (lock.path === path ? [] : takeOver(lock, path, taken)));
    return { release, isHeld: () => !isCopied() && !isGone(path), notes };
  } catch (error) {
    release();
    throw error;
  }
}

/** A lock of this very name is of this process, or where places are not known, of another container that died or that lives. */
function requireOther(path: string, taken: Taken): void {
  if (!existsSync(path)) return;
  if (held.has(path) || showsLife(path, Date.now(), WATCH_MS)) throw taken("this process");
  rmSync(path, { force: true });
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

/** What a file system answers that cannot be reached now says nothing about the file. */
function isGone(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Whether a live process writes to the folder, as far as can be seen without writing there. */
export const isLocked = (folder: string): boolean => holderOf(folder) !== undefined;

/** Looks at the locks of many folders at once: asked for one by one, each of those that are silent would be watched for itself. */
export function lookAtLocks(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      for (const lock of locksOf(folder)) if (sightOn(lock) === "perhaps") look(lock.path);
    } catch {} // what is wrong with a folder is told when it is asked for
  }
}

/**
 * The live process that writes to a folder, as far as can be seen without writing there; `isNear`: it can be sent a signal. Where clocks
 * differ by more than half a minute, or a writer on another machine was killed, the first look takes five seconds.
 */
export function holderOf(folder: string): { readonly pid: number; readonly isNear: boolean } | undefined {
  return locksOf(folder).find((lock) => {
    const sight = sightOn(lock);
    if (sight !== "perhaps") return sight === "alive";
    return Math.abs(ageOf(lock.path, Date.now())) < FORGOTTEN_MS && showsLife(lock.path, Date.now(), GLANCE_MS);
  });
}

const sightOn = ({ isNear, pid, start }: Lock): Sight => (isNear ? sightOf(pid, start) : "perhaps");

/** Removes the lock of a dead writer. @throws what `taken` makes if it may be alive */
function takeOver(lock: Lock, own: string, taken: Taken): string[] {
  const { path } = lock;
  const who = wordsFor(lock);
  if (mayLive(lock, modified(own) ?? 0)) throw taken(who, hintFor(lock));
  // in the meantime it may have been given back
  const isThere = existsSync(path);
  rmSync(path, { force: true });
  return sightOn(lock) === "gone" || !isThere ? [] : [`took over from ${who} which gave no sign of life`];
}

/** Who may be at work in a folder, for whoever would be harmed by a writer that is overlooked: it takes its time. */
export function possibleHolderOf(folder: string): { readonly who: string; readonly hint?: string } | undefined {
  const lock = locksOf(folder).find((other) => mayLive(other, Date.now()));
  return lock && { who: wordsFor(lock), hint: hintFor(lock) };
}

/** @throws as `lockFolder`, if a live process may hold the folder */
export function requireNotHeld(folder: string): void {
  const holder = possibleHolderOf(folder);
  if (holder) throw runTaken(folder, holder.who, holder.hint);
}

/** Whether the writer of a lock is alive, as far as can be excluded. @param now by the clock that made the time of the lock */
function mayLive(lock: Lock, now: number): boolean {
  const sight = sightOn(lock);
  if (sight === "perhaps") return showsLife(lock.path, now, WATCH_MS);
  return sight === "alive" || isCopy(lock.path, now);
}

/** Whether the process of a lock is gone here, and alive in a machine or container that looks the same. */
function isCopy(path: string, now: number): boolean {
  const isSure = isPlaceKnown && isLocalDisk(path);
  return !isSure && isRecent(path, now) && moves(path, GLANCE_MS);
}

/** "process 7 of another container or machine, host engine-room, since 2026-11-28T19:00:00.000Z," */
function wordsFor(lock: Lock): string {
  const sight = sightOn(lock);
  if (sight === "alive") return `process ${lock.pid}`;
  const [host = "", since = ""] = contentOf(lock.path).split(" ");
  const where = lock.isNear && sight === "perhaps" ? "" : " of another container or machine";
  return `process ${lock.pid}${where}${host && `, host ${host}`}${since && `, since ${since},`}`;
}

function hintFor(lock: Lock): string | undefined {
  if (sightOn(lock) === "alive") return undefined;
  const free = `its lock is free after ${SILENT_MS / 1000} s without a sign of life`;
  return `stop it there; if it is gone, ${free}. Or remove ${lock.path}`;
}

/** What helps against a process that is seen from here. */
const STOP = "wait until it is done (run has --wait for it), or stop it with npx nonsmooth runs stop";

function runTaken(folder: string, who: string, hint = STOP): NonsmoothError {
  const rule = `has one writer at a time, and ${who} is writing to it`;
  return new NonsmoothError("run folder", rule, { got: folder, hint, code: "run-folder-busy" });
}

function locksOf(folder: string): Lock[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => {
    const [, pid, start, place = ownPlace] = NAME.exec(file) ?? [];
    return pid && start ? [{ path: join(folder, file), pid: Number(pid), start, isNear: place === ownPlace }] : [];
  });
}
