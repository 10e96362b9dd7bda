/** Long work can be interrupted between two of its steps. */
import { setImmediate } from "node:timers/promises";

/** Longest time, in milliseconds, without letting events in, if steps are shorter than that. */
const TURN = 5;
let lastTurn = Number.NEGATIVE_INFINITY;

/**
 * Lets events in, at most every 5 ms: Ctrl-C, the stop button, a message from another process. Long work calls it between steps
 * of half a second or less.
 * @throws the signal's reason once it has aborted
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  if (performance.now() - lastTurn > TURN) {
    await setImmediate();
    lastTurn = performance.now();
  }
  signal?.throwIfAborted();
}
