/**
 * Work that can be stopped from outside without passing a signal along: a notebook's cell, by the stop button. The caller starts it
 * with `duringWork`; all code that it calls, at any depth, asks here.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The signals that ask a program to stop: by a terminal, by a service manager, and by queues of clusters, which let their users choose one.
 * SIGUSR1 would otherwise open Node's debugger.
 */
export const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** The error that interrupted work ends with. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(message = "interrupted, run again to continue") {
    super(message);
  }
}

/** Whether work ended because it was told to stop. */
export const isInterrupted = (error: unknown): boolean => error instanceof Error && error.name === "Interrupted";

/** A piece of work: a cell. */
export interface Work {
  /** Aborts, with an `Interrupted` as the reason, when the work has to stop. */
  readonly signal: AbortSignal;
  /** Progress from 0 to 1, as reported by the code that it calls. */
  reached?: number;
  /** Whether the same work, started again, continues where it stopped. */
  resumes?: boolean;
}

// shared by all copies of the library in a process: the kernel and a cell may load two different ones
const key = Symbol.for("nonsmooth.work");
const endKey = Symbol.for("nonsmooth.end");
const shared = globalThis as { [key]?: AsyncLocalStorage<Work>; [endKey]?: boolean };
shared[key] ??= new AsyncLocalStorage<Work>();
const storage = shared[key];

/** Runs an action as part of a piece of work. */
export function duringWork<T>(work: Work, action: () => T): T {
  return storage.run(work, action);
}

/** The work that this code is part of; undefined outside a notebook's cell. */
export function currentWork(): Work | undefined {
  return storage.getStore();
}

/** Reports the progress of the current work. */
export function workReached(share: number): void {
  const work = currentWork();
  if (work) work.reached = share;
}

/** @throws {Interrupted} if the current work has to stop. */
export function throwIfInterrupted(): void {
  currentWork()?.signal.throwIfAborted();
}

/** Says that this process is about to end: it lets go of what outlives it, and does not stop that. */
export function endProcess(): void {
  shared[endKey] = true;
}

/** Whether this process is about to end. */
export const processEnds = (): boolean => shared[endKey] === true;
