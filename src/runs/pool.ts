/**
 * Jobs spread over worker processes of this machine. Processes rather than threads: the native engines keep one session and
 * one thread each, and a process that runs out of memory takes nothing with it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, NonsmoothError, pause, show } from "../util";
import { asError, fromPlainError, loadWorker, type Prepared } from "./pool-protocol";
import { WorkerProcess } from "./worker-process";

export interface PoolOptions<Job, Result> {
  /** Path of a compiled module that exports `worker`, a `PoolWorker`. */
  readonly module: string;
  /** Processes; 0 does the jobs in this one. */
  readonly workers: number;
  /** Handed out in this order, one at a time; each is taken from the iterable when a worker is free. */
  readonly jobs: Iterable<Job>;
  /** Sent once to each worker. */
  readonly init?: unknown;
  /** Ends the current jobs, which are given it, too: worker processes get a little over a second to end, then they are killed. */
  readonly signal?: AbortSignal;
  /** Gets the results as they come, in any order; a call waits for the one before. */
  onResult(result: Result, job: Job): void | Promise<void>;
  /** Gets the errors that jobs throw, in the same queue; default: rethrows them, which ends the pool. */
  onError?(error: Error, job: Job): void | Promise<void>;
  /** Told how a job's process ended in the middle of it; the job is done again, once. */
  onDeath?(how: string): void;
}

/** How long a job may take to save what it has done, in milliseconds. */
const GRACE = 1200;

type Outcome = { readonly result: unknown } | { readonly error: Error };

/** What does one job at a time: another process, or this one. */
interface Crew {
  do(job: unknown): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * Does all jobs, each in a worker process. A job whose process dies is done again, once, in a new process.
 * @throws the signal's reason when it aborts; what `onResult`, `onError` and a worker's preparation throw; if a job's
 * process died twice, an error that says how.
 */
export async function runPool<Job, Result>(options: PoolOptions<Job, Result>): Promise<void> {
  const { module, workers, init, signal } = options;
  if (!Number.isInteger(workers) || workers < 0) fail("workers", "must be a whole number, 0 or more", workers);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const crews: Crew[] = Array.from({ length: Math.max(1, workers) }, () =>
    workers === 0 ? new ThisProcess(module, init, stop.signal) : new OtherProcess(module, init, options.onDeath),
  );
  stop.signal.addEventListener("abort", () => void Promise.all(crews.map((crew) => crew.close())));
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const jobs = options.jobs[Symbol.iterator]();
  const report = oneAtATime((outcome: Outcome, job: Job) => deliver(options, outcome, job));
  try {
    await Promise.all(crews.map((crew) => work(crew, jobs, report, stop)));
    stop.signal.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", abort);
    jobs.return?.();
  }
}

/** One crew's share: the next job, until there is none or the pool stops. The first error of any crew stops the pool. */
async function work<Job>(
  crew: Crew,
  jobs: Iterator<Job>,
  report: (outcome: Outcome, job: Job) => Promise<void>,
  stop: AbortController,
): Promise<void> {
  try {
    while (!stop.signal.aborted) {
      const next = jobs.next();
      if (next.done) break;
      const outcome = await crew.do(next.value);
      // a job that finished anyway counts; one that broke off may have done so because of the stop
      if ("result" in outcome || !stop.signal.aborted) await report(outcome, next.value);
    }
  } catch (error) {
    stop.abort(error);
  } finally {
    await crew.close();
  }
}

async function deliver<Job, Result>(options: PoolOptions<Job, Result>, outcome: Outcome, job: Job): Promise<void> {
  if ("result" in outcome) return options.onResult(outcome.result as Result, job);
  if (!options.onError) throw outcome.error;
  return options.onError(outcome.error, job);
}

/** Calls of the function wait for each other; after one that failed no more are made. */
function oneAtATime<A extends unknown[]>(action: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  let last = Promise.resolve();
  return (...args) => {
    last = last.then(() => action(...args));
    return last;
  };
}

class ThisProcess implements Crew {
  private worker: Prepared | undefined;
  private job: Promise<unknown> | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly module: string,
    private readonly init: unknown,
    private readonly signal: AbortSignal,
  ) {}

  async do(job: unknown): Promise<Outcome> {
    await pause();
    this.worker ??= await loadWorker(this.module)(this.init, this.signal);
    const result = this.worker.do(job);
    this.job = result.catch(() => {});
    try {
      return { result: await result };
    } catch (error) {
      return { error: asError(error) };
    }
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await this.job;
    await this.worker?.close();
  }
}

class OtherProcess implements Crew {
  private process: WorkerProcess | undefined;
  /** Set while a job is running. */
  private job: Promise<unknown> | undefined;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly module: string,
    private readonly init: unknown,
    private readonly onDeath: (how: string) => void = () => {},
  ) {}

  async do(job: unknown): Promise<Outcome> {
    const ends: string[] = [];
    while (ends.length < 2 && !this.closing) {
      const answer = await this.attempt(job);
      if (answer.kind === "error") return { error: fromPlainError(answer.error) };
      if (answer.kind === "result") return { result: answer.result };
      if (answer.kind === "died") ends.push(answer.how);
      if (ends.length === 1 && !this.closing) this.onDeath(ends[0]!);
      this.process = undefined;
    }
    throw new NonsmoothError("worker process", `must survive its job, died twice on ${show(job)} (${ends.at(-1)})`, {
      hint: "often there is too little memory for so many workers",
    });
  }

  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.job) {
      this.process?.stop();
      const patience = new AbortController();
      const tooLong = sleep(GRACE, undefined, { signal: patience.signal }).catch(() => {});
      await Promise.race([this.job, tooLong]);
      patience.abort();
    }
    await this.process?.kill();
  }

  private async attempt(job: unknown) {
    if (!this.process) {
      this.process = new WorkerProcess();
      const answer = await this.process.ask({ kind: "init", module: this.module, init: this.init });
      if (answer.kind === "error") throw fromPlainError(answer.error);
      if (answer.kind === "died") return answer;
    }
    const asked = this.process.ask({ kind: "job", job });
    this.job = asked.catch(() => {});
    try {
      return await asked;
    } finally {
      this.job = undefined;
    }
  }
}
