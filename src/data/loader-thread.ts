/** A loader's thread, as seen by the thread that trains. */
import { Worker } from "node:worker_threads";
import { compiledModule, NonsmoothError } from "../util";
import type { Assembled, Recipe } from "./assemble";
import type { Order, Report } from "./loader-worker";

/** The caller that waits for a report. */
interface Waiter {
  resolve(report: Report): void;
  reject(error: unknown): void;
}

export class LoaderThread {
  private readonly worker: Worker;
  private readonly gone: Promise<void>;
  /** Why no more reports come. */
  private end: Error | undefined;
  /** The number of the epoch requested last; reports of earlier ones are dropped. */
  private run = 0;
  private reports: Report[] = [];
  private waiter: Waiter | undefined;
  /** Whether an epoch goes on; it must have ended before the next one. */
  busy = false;

  constructor(recipe: Recipe) {
    // the parent's own flags (a preload, a debugger) are not for workers
    this.worker = new Worker(compiledModule("data/loader-worker"), { workerData: recipe, execArgv: [] });
    this.worker.on("message", (report: Report) => this.take(report));
    this.worker.on("error", (error) => this.fail(died(error)));
    this.gone = new Promise((resolve) => {
      this.worker.on("exit", (code) => {
        this.fail(died(`exit code ${code}`));
        resolve();
      });
    });
    // an idle loader that was never closed does not keep the process alive
    this.worker.unref();
  }

  /** Whether it can give batches. */
  get alive(): boolean {
    return this.end === undefined;
  }

  /** The batches of an epoch from number `from`; at most `ahead` wait to be taken. */
  async *batches(epoch: number, from: number, ahead: number, signal?: AbortSignal): AsyncGenerator<Assembled> {
    const run = ++this.run;
    this.busy = true;
    this.reports = [];
    this.send({ kind: "start", run, epoch, from, credits: ahead });
    try {
      for (;;) {
        const report = await this.next(signal);
        if (report.kind === "end") return;
        if (report.kind === "failed") throw report.error;
        this.send({ kind: "credit", run });
        yield report.batch;
      }
    } finally {
      this.send({ kind: "stop", run });
      this.busy = false;
    }
  }

  /** Ends the thread and waits until it is gone: at most one batch longer. A caller that waits for a batch gets an error. */
  async close(): Promise<void> {
    this.fail(new NonsmoothError("loader", "must be open while an epoch is under way", { got: "closed" }));
    this.send({ kind: "close" });
    this.worker.ref();
    await this.gone;
  }

  private async next(signal: AbortSignal | undefined): Promise<Report> {
    signal?.throwIfAborted();
    const report = this.reports.shift();
    if (report) return report;
    if (this.end) throw this.end;
    const abort = () => this.waiter?.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    this.worker.ref();
    try {
      return await new Promise<Report>((resolve, reject) => {
        this.waiter = { resolve, reject };
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      // close() may be waiting by now
      if (this.alive) {
        this.waiter = undefined;
        this.worker.unref();
      }
    }
  }

  private take(report: Report): void {
    if (report.run !== this.run) return;
    if (!this.waiter) this.reports.push(report);
    else this.waiter.resolve(report);
    this.waiter = undefined;
  }

  private fail(error: Error): void {
    this.end ??= error;
    this.waiter?.reject(this.end);
  }

  private send(order: Order): void {
    this.worker.postMessage(order);
  }
}

/** The error for a thread that ended by itself. */
function died(cause: unknown): NonsmoothError {
  const got = cause instanceof Error ? cause.message : cause;
  return new NonsmoothError("loader's worker", "must live until the loader is closed", { got, cause });
}
