import { formatDuration, Interrupted } from "../util";
import { EXIT, Exit, note } from "./exit";

/** npm and the terminal both pass one Ctrl-C on: what follows so soon (in milliseconds) is the same one. */
const SAME = 300;
/** How long work may take to stop, in milliseconds. What is finished is on disk by then. */
const GRACE = 10_000;

/**
 * Does work that SIGINT and SIGTERM stop: its signal aborts, and once it has ended the program does, with code 130. A second
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
