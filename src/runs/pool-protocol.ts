/** What a pool and its worker processes say to each other, and the module both load. */
import { createRequire } from "node:module";
import { fail } from "../util";

/** A worker that is prepared. */
export interface Prepared<Job = unknown, Result = unknown> {
  do(job: Job): Promise<Result>;
  /** Frees what it holds. Called after the last job; not in a process of its own, which is ended. */
  close(): Promise<void>;
}

/**
 * What a pool's module exports as `worker`: prepares one worker (once per process), which then does jobs. The signal
 * aborts when the pool stops: a job should then keep what it has done and throw the signal's reason. To notice, it has to let events in
 * at least every half second (`pause`); worker processes are killed soon afterwards.
 * What goes in and out is copied by structured clone: typed arrays and maps are welcome, functions are not.
 */
export type PoolWorker<Init = unknown, Job = unknown, Result = unknown> = (
  init: Init,
  signal: AbortSignal,
) => Promise<Prepared<Job, Result>>;

export type Request =
  | { readonly kind: "init"; readonly module: string; readonly init: unknown }
  | { readonly kind: "job"; readonly job: unknown }
  /** The current job has to end. The answer is that of the job. */
  | { readonly kind: "stop" };

export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: PlainError };

/** An error without its class, which would not survive the way between processes. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** Loads a compiled module and returns its `worker`. */
export function loadWorker(module: string): PoolWorker {
  const { worker } = createRequire(__filename)(module) as { worker?: PoolWorker };
  if (typeof worker !== "function") fail(`pool module ${module}`, "must export a function `worker`", worker);
  return worker;
}

export function toPlainError(error: unknown): PlainError {
  const { name, message, stack } = asError(error);
  return { name, message, stack };
}

export function fromPlainError({ name, message, stack }: PlainError): Error {
  const error = new Error(message);
  for (const [key, value] of Object.entries({ name, stack })) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true });
  }
  return error;
}

export function asError(error: unknown): Error {
  // not instanceof: the error may come from another realm
  const isError = typeof error === "object" && error !== null && "message" in error && "name" in error;
  return isError ? (error as Error) : new Error(String(error));
}
