/** Long work is interrupted between two of its steps. */
import { setImmediate } from "node:timers/promises";

/**
 * Lets events in: Ctrl-C, a message from another process. Long work calls it between steps of half a second or less.
 * @throws the signal's reason once it has aborted
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
