/** `nonsmooth start`: what this is about, in about two minutes and without an internet connection. */
import type { Command } from "commander";
import { examples } from "../exit";

export function define(command: Command): void {
  command
    .description(
      "Shows first results in about two minutes, without an internet connection: the smallest example and a first figure.",
    )
    .action(async () => (await import("../start.js")).start());
  examples(command, ["npx nonsmooth start"]);
}
