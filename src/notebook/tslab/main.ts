/** The kernel's process: `node dist/notebook/tslab/main.js --config-path <connection file>`, as the kernelspec has it. */
import { parseArgs } from "node:util";
import { createConverter } from "tslab/dist/converter";
import { createExecutor } from "tslab/dist/executor";

import jupyter = require("tslab/dist/jupyter");

import { betterConverter } from "./converter";
import { Handler } from "./handler";
import { Outbox } from "./outbox";
import { lendPackages } from "./packages";
import { Server } from "./server";

function start(configPath: string): void {
  lendPackages();
  const node = betterConverter(() => createConverter({ isJS: false, isBrowser: false }));
  const converters = { node, browser: node, close: () => node.close() };
  const handler: Handler = new Handler((console) => createExecutor(process.cwd(), converters, console), new Outbox());
  const server = new Server(handler, configPath);
  // where tslab's own `display`, and ours, look for what shows an output
  Object.assign(jupyter, { lastWriteDisplayData: handler.display.bind(handler) });
  process.on("SIGINT", () => handler.interrupt());
  process.on("uncaughtException", (error) => handler.showStray(error));
  process.on("unhandledRejection", (reason) => handler.showStray(reason));
  void server.init();
}

const { values } = parseArgs({ options: { "config-path": { type: "string" } }, strict: true });
start(values["config-path"] ?? "");
