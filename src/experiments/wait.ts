/** Waits while other processes are at work on a run. */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, formatDuration, NonsmoothError } from "../util";

/** How often a run's folder is tried, in milliseconds. */
const EVERY_MS = 1000;

interface Waiting {
  /** How long at most; default 0. */
  readonly waitSeconds?: number;
  /** Ends the waiting at once. */
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What `open` gives, tried again as long as others hold the folder. @throws its last error; the signal's reason once it has aborted */
export async function onceFree<T>(open: () => T, { waitSeconds = 0, signal, log }: Waiting): Promise<T> {
  if (!(waitSeconds >= 0)) fail("waitSeconds", "must be a number of seconds, 0 or more", waitSeconds);
  const since = performance.now();
  const left = () => since + 1000 * waitSeconds - performance.now();
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const opened = open();
      if (attempt > 1) log(`the run is free after ${formatDuration((performance.now() - since) / 1000)}`);
      return opened;
    } catch (error) {
      if (!isBusy(error) || left() <= 0) throw error;
      if (attempt === 1) log(`waits up to ${formatDuration(waitSeconds)} for the run: ${error.detail}`);
    }
    // once it has aborted, the next turn throws the reason
    await sleep(Math.max(0, Math.min(EVERY_MS, left())), undefined, { signal }).catch(() => {});
  }
}

const isBusy = (error: unknown): error is NonsmoothError =>
  error instanceof NonsmoothError && (error.code === "run-folder-busy" || error.code === "run-shards-busy");
