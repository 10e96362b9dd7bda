/**
 * Work that can be stopped from outside without being handed a signal: a notebook's cell, by the stop button. Whoever starts it
 * says so with `duringWork`; whatever it calls, however deep, asks here.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** What interrupted work ends with. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(message = "interrupted, run again to go on") {
    super(message);
  }
}

/** Whether work ended because it was told to. */
export const isInterrupted = (error: unknown): boolean => error instanceof Error && error.name === "Interrupted";

/** A piece of work: a cell. */
export interface Work {
  /** Aborts, with an `Interrupted` as the reason, when the work is to stop. */
  readonly signal: AbortSignal;
  /** How far it is, from 0 to 1, as far as what it calls has said. */
  reached?: number;
  /** Whether the same work, begun again, goes on where it stopped. */
  resumes?: boolean;
}

// shared by all copies of the library in a process: the kernel's own and the one that a cell imports may be two
const key = Symbol.for("nonsmooth.work");
const shared = globalThis as { [key]?: AsyncLocalStorage<Work> };
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

/** Says how far the current work is. */
export function workReached(share: number): void {
  const work = currentWork();
  if (work) work.reached = share;
}

/** @throws {Interrupted} if the current work is to stop. */
export function throwIfInterrupted(): void {
  currentWork()?.signal.throwIfAborted();
}
