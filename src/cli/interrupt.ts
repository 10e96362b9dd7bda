import { formatDuration, Interrupted } from "../util";
import { EXIT, Exit, note } from "./exit";

/** npm and the terminal both pass on one Ctrl-C: a second signal within this time (in milliseconds) is the same one. */
const SAME = 300;
/** How long work may take to stop, in milliseconds. Everything finished is on disk by then. */
const GRACE = 10_000;

/**
 * Runs work that SIGINT and SIGTERM stop: its signal aborts, and when it has ended, the program ends with code 130. A second
 * signal ends the program at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  let since = 0;
  const stop = () => {
    if (signal.aborted) {
      if (performance.now() - since > SAME) process.exit(EXIT.interrupted);
      return;
    }
    since = performance.now();
    setTimeout(() => giveUp(), GRACE).unref();
    controller.abort(new Interrupted());
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const name of signals) process.on(name, stop);
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (error !== signal.reason) note((error as Error).message);
    throw new Exit(EXIT.interrupted, signal.reason);
  } finally {
    for (const name of signals) process.off(name, stop);
  }
}

function giveUp(): never {
  note(`${new Interrupted().message} (it did not stop within ${formatDuration(GRACE / 1000)})`);
  process.exit(EXIT.interrupted);
}
