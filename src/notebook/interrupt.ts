/**
 * Work that can be stopped from the notebook's stop button, or by Ctrl-C, and taken up again.
 *
 * The stop button sends SIGINT to the kernel's process group. tslab then ends the cell at once but leaves what the cell
 * awaits running, and code in a cell's first synchronous stretch is killed mid-way. So the work starts in a fresh turn of the
 * event loop, is told through an AbortSignal, and the next work waits until the stopped one has ended.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { inKernel } from "./kernel";

/** What `interruptible` rejects with after SIGINT, and its signal's reason. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted, run again to go on");
  }
}

const enclosing = new AsyncLocalStorage<AbortSignal>();
const stopping = new Set<Promise<unknown>>();

/**
 * Runs `work` so that SIGINT stops it: its signal aborts, with an `Interrupted` as the reason, and work should then finish
 * its current unit and throw (`signal.throwIfAborted()`). It must yield (`await setImmediate()`) at least every half second
 * to notice. Calls inside `work` share its signal. A second SIGINT is not listened to, so that it ends a plain process.
 * @returns what `work` returns.
 * @throws {Interrupted} after SIGINT, even if `work` came to its end, so that the rest of an interrupted cell does not run.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const outer = enclosing.getStore();
  if (outer) return work(outer);
  const controller = new AbortController();
  let running: Promise<T> | undefined;
  const stop = () => {
    // at once: tslab closes the cell when this turn ends
    if (inKernel()) process.stderr.write("interrupted, run again to go on\n");
    controller.abort(new Interrupted());
    if (running) stopping.add(running);
  };
  // a listener added in the cell's synchronous stretch would be lost when node:vm, which catches SIGINT there, restores its own
  await setImmediate();
  process.once("SIGINT", stop);
  try {
    await Promise.allSettled(stopping);
    controller.signal.throwIfAborted();
    running = enclosing.run(controller.signal, () => work(controller.signal));
    const result = await running;
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw controller.signal.aborted ? afterInterrupt(error, controller.signal) : error;
  } finally {
    process.off("SIGINT", stop);
    if (running) stopping.delete(running);
  }
}

/** A failure that is not the interruption itself is still reported: the cell that awaited it has ended. */
function afterInterrupt(error: unknown, signal: AbortSignal): unknown {
  if (error === signal.reason || (error instanceof Error && error.name === "AbortError")) return signal.reason;
  if (inKernel()) console.error(error);
  return error;
}
