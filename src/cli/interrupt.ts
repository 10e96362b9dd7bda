import { url as debuggerUrl } from "node:inspector";
import { constants } from "node:os";
import { formatDuration, Interrupted, stopSignals } from "../util";
import { EXIT, Exit, note } from "./exit";

/** npm and the terminal both pass on one Ctrl-C: a second signal within this time (in milliseconds) is the same one. */
const SAME = 300;
/** How long work may take to stop, in milliseconds. Everything finished is on disk by then. */
const GRACE = 10_000;

/**
 * Runs work that SIGINT, SIGTERM and their like stop: its signal aborts, and when it has ended, the program ends with 128 and the signal's
 * number: 130 after Ctrl-C. A second signal ends the program at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  let since = 0;
  let code: number = EXIT.interrupted;
  const stop = (name: NodeJS.Signals) => {
    if (signal.aborted) {
      if (performance.now() - since > SAME) process.exit(code);
      return;
    }
    code = codeOf(name);
    since = performance.now();
    setTimeout(() => giveUp(code), GRACE).unref();
    controller.abort(new Interrupted());
  };
  for (const name of stopSignals) process.on(name, stop);
  endIfDebugged();
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (error !== signal.reason) note((error as Error).message);
    throw new Exit(code, signal.reason);
  } finally {
    for (const name of stopSignals) process.off(name, stop);
  }
}

/** As shells have it. */
const codeOf = (name: NodeJS.Signals): number => 128 + constants.signals[name];

/** Before and after work, too, SIGUSR1 ends the program, where Node would open its debugger. */
export function refuseDebugger(): void {
  process.on("SIGUSR1", (name) => {
    if (process.listenerCount(name) === 1) process.exit(codeOf(name));
  });
  endIfDebugged();
}

/** A SIGUSR1 that came while Node started has opened the debugger: it ends the program now. */
function endIfDebugged(): void {
  const words = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  if (debuggerUrl() !== undefined && !words.includes("--inspect")) process.exit(codeOf("SIGUSR1"));
}

function giveUp(code: number): never {
  note(`${new Interrupted().message} (it did not stop within ${formatDuration(GRACE / 1000)})`);
  process.exit(code);
}
