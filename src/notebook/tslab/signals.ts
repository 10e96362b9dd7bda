/**
 * SIGINT belongs to the kernel. node:vm, which can stop a cell's first stretch, leaves the process without a handler for a moment
 * before and after it, and a signal then would end the process. So Node's own watchdog, which the vm uses, is kept running and
 * asked for signals. A listener that a cell adds would replace all that, so it is kept here.
 */
import { EventEmitter } from "node:events";

type Listener = (...values: unknown[]) => void;
type Method = (event: string | symbol, listener: Listener) => NodeJS.Process;

/** Node's own watchdog. It counts starts; a stop says whether a signal has come that no running vm has taken. */
interface Watchdog {
  startSigintWatchdog(): void;
  stopSigintWatchdog(): boolean;
}

/** How often the watchdog is asked, in milliseconds. */
const INTERVAL = 50;

/**
 * On SIGINT calls `interrupt`, then the listeners that cells have added; `process.exit()` in one of these has no effect.
 * @returns a function that lets a signal that has already come take effect
 */
export function ownInterrupts(interrupt: () => void): () => unknown {
  const ofCells = new EventEmitter();
  const tell = () => {
    interrupt();
    withoutExit(() => ofCells.emit("SIGINT", "SIGINT", 2));
  };
  const watchdog = nodesWatchdog();
  if (watchdog === undefined) {
    // except in the moments when vm has removed the handler
    process.on("SIGINT", interrupt);
    return () => new Promise((resolve) => setImmediate(resolve));
  }
  keepListeners(ofCells);
  watchdog.startSigintWatchdog();
  const hear = () => {
    watchdog.startSigintWatchdog();
    if (watchdog.stopSigintWatchdog()) tell();
  };
  setInterval(hear, INTERVAL).unref();
  return hear;
}

/** Not a documented interface of Node: undefined if it is missing. */
function nodesWatchdog(): Watchdog | undefined {
  const { binding } = process as unknown as { binding(name: string): Partial<Watchdog> };
  try {
    const found = binding("contextify");
    return found.startSigintWatchdog && found.stopSigintWatchdog ? (found as Watchdog) : undefined;
  } catch {
    return undefined;
  }
}

/** From now on listeners of SIGINT are added to `kept`. */
function keepListeners(kept: EventEmitter): void {
  for (const method of [
    "on",
    "addListener",
    "once",
    "prependListener",
    "prependOnceListener",
    "off",
    "removeListener",
  ] as const) {
    const original = process[method].bind(process) as Method;
    const replacement: Method = (event, listener) => {
      if (event !== "SIGINT") return original(event, listener);
      kept[method](event, listener);
      return process;
    };
    Object.assign(process, { [method]: replacement });
  }
}

class NoExit extends Error {}

function withoutExit(action: () => void): void {
  const { exit } = process;
  process.exit = () => {
    throw new NoExit();
  };
  try {
    action();
  } catch (error) {
    if (!(error instanceof NoExit)) throw error;
  } finally {
    process.exit = exit;
  }
}
