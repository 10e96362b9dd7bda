/** The kernel's process: `node dist/notebook/tslab/main.js --config-path <connection file>`, as the kernelspec has it. */
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { createConverter } from "tslab/dist/converter";

import jupyter = require("tslab/dist/jupyter");

import { endWithParent } from "../../util";
import { betterConverter } from "./converter";
import { Executor } from "./executor";
import { Handler } from "./handler";
import { Outbox } from "./outbox";
import { lendPackages } from "./packages";
import { Server } from "./server";
import { ownInterrupts } from "./signals";
import { quietPromises } from "./value";

/** A kernel must not go on computing once the program that started it is gone: it would hold its run folders, and nobody sees it. */
function endWithStarter(): void {
  const starter = Number(process.env.JPY_PARENT_PID);
  // a launcher in between is not watched
  if (starter > 0 && (starter === process.ppid || !isRunning(starter))) endWithParent(starter);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function start(configPath: string): void {
  endWithStarter();
  // Node would open its debugger
  process.on("SIGUSR1", () => process.exit(128 + constants.signals.SIGUSR1));
  lendPackages();
  quietPromises();
  const converter = betterConverter(() => createConverter({ isJS: false, isBrowser: false }));
  const outbox = new Outbox();
  const hear = ownInterrupts(() => handler.interrupt());
  const handler: Handler = new Handler(new Executor(converter, process.cwd(), hear), outbox);
  const server = new Server(handler, configPath);
  // here tslab's own `display`, and ours, look for the function that shows an output
  Object.assign(jupyter, { lastWriteDisplayData: handler.display.bind(handler) });
  process.on("exit", () => outbox.flush());
  process.on("uncaughtException", (error) => handler.showStray(error));
  process.on("unhandledRejection", (reason) => handler.showStray(reason));
  void server.init();
}

const { values } = parseArgs({ options: { "config-path": { type: "string" } }, strict: true });
start(values["config-path"] ?? "");
