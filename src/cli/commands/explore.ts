/** `nonsmooth explore`: a page in the browser for the runs of a folder. */
import type { Command } from "commander";
import { examples } from "../exit";
import type { Options } from "../explore";
import { runsOption } from "../folder-options";
import { wholeNumber } from "../options";

export function define(command: Command): void {
  command
    .description(
      "Serves a page on this machine alone to list, compare and draw runs while they go on. Only its link, which has a token, opens it. Ctrl-C ends it.",
    )
    .addOption(runsOption())
    .option("--port <n>", "port on 127.0.0.1; 0: any free one (default: 0)", wholeNumber("--port", 65_535))
    .option("--no-open", "only print the link, and open no browser")
    .action(async (options: Options) => (await import("../explore.js")).explorePage(options));
  examples(command, [
    "npx nonsmooth explore",
    "npx nonsmooth explore --no-open --port 8123         behind ssh -L 8123:127.0.0.1:8123",
  ]);
}
