/**
 * Work that can be stopped by the notebook's stop button or by Ctrl-C, and resumed.
 *
 * In our kernel a cell is told to stop through its signal (util/interruption.ts). Elsewhere the work listens to SIGINT itself. It
 * starts in a fresh turn of the event loop: plain tslab ends a cell at once, leaves what it awaits running, and kills code in the
 * cell's first synchronous stretch midway. New work waits until stopped work has ended.
 */
import { setImmediate } from "node:timers/promises";
import { currentWork, duringWork, Interrupted, type Work } from "../util";

const stopping = new Set<Promise<unknown>>();
/** Running work: calls inside it do not wait for it. */
const inside = new WeakSet<Work>();

/**
 * Runs `work` so that SIGINT stops it: its signal aborts, with an `Interrupted` as the reason, and work should then finish
 * its current unit and throw (`signal.throwIfAborted()`). To notice the signal it must yield (`await setImmediate()`) at least
 * every half second. Calls inside `work` share its signal. A second SIGINT is not caught, so it ends a plain process.
 * @returns what `work` returns.
 * @throws {Interrupted} after SIGINT, even if `work` finished, so that the rest of an interrupted cell does not run.
 * @example
 * ```ts
 * import { setImmediate } from "node:timers/promises";
 * import { interruptible } from "nonsmooth";
 *
 * const steps = await interruptible(async (signal) => {
 *   let done = 0;
 *   for (; done < 1000; done++) {
 *     signal.throwIfAborted(); // after Ctrl-C, or the notebook's stop button
 *     if (done % 100 === 0) await setImmediate();
 *   }
 *   return done;
 * });
 * console.log(steps); // 1000
 * ```
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const outer = currentWork();
  if (outer) return untilAborted(outer, work);
  const controller = new AbortController();
  const stop = () => controller.abort(new Interrupted());
  // a listener added in the cell's synchronous stretch would be lost when node:vm, which catches SIGINT there, restores its own
  await setImmediate();
  process.once("SIGINT", stop);
  try {
    return await untilAborted({ signal: controller.signal }, work);
  } finally {
    process.off("SIGINT", stop);
  }
}

async function untilAborted<T>(enclosing: Work, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal } = enclosing;
  const isOutermost = !inside.has(enclosing);
  if (isOutermost && stopping.size > 0) {
    await Promise.allSettled(stopping);
    await setImmediate();
  }
  signal.throwIfAborted();
  enclosing.resumes = true;
  inside.add(enclosing);
  const running = duringWork(enclosing, () => work(signal));
  const remember = () => stopping.add(running);
  signal.addEventListener("abort", remember);
  try {
    const result = await running;
    signal.throwIfAborted();
    return result;
  } catch (error) {
    // a failure other than the interruption itself is reported as it is
    throw signal.aborted && error instanceof Error && error.name === "AbortError" ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", remember);
    stopping.delete(running);
    if (isOutermost) inside.delete(enclosing);
  }
}

/** A signal that aborts with the first of the two. */
export const eitherSignal = (one: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other ? AbortSignal.any([one, other]) : one;
