/**
 * SIGINT belongs to the kernel. node:vm takes all listeners away while a cell's first stretch runs, and one that is added there
 * would leave the process without any afterwards: the next signal would end it. So what cells add is kept here.
 */
import { EventEmitter } from "node:events";

type Listener = (...values: unknown[]) => void;
type Add = (event: string | symbol, listener: Listener) => NodeJS.Process;

/** Calls `interrupt` on SIGINT, then the listeners that cells have added; `process.exit()` in one of those has no effect. */
export function ownInterrupts(interrupt: () => void): void {
  const ofCells = new EventEmitter();
  const own = () => {
    interrupt();
    withoutExit(() => ofCells.emit("SIGINT", "SIGINT", 2));
  };
  for (const method of ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const) {
    const original = process[method].bind(process) as Add;
    const add: Add = (event, listener) => {
      if (event !== "SIGINT" || listener === own) return original(event, listener);
      ofCells[method](event, listener);
      return process;
    };
    Object.assign(process, { [method]: add });
  }
  for (const method of ["off", "removeListener"] as const) {
    const original = process[method].bind(process) as Add;
    const remove: Add = (event, listener) => {
      if (event === "SIGINT") ofCells.off(event, listener);
      return original(event, listener);
    };
    Object.assign(process, { [method]: remove });
  }
  process.on("SIGINT", own);
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
