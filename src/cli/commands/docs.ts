/** `nonsmooth docs`: the documentation as a site. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Options } from "../docs";
import { examples } from "../exit";

export function define(command: Command): void {
  command
    .description(
      "Builds the documentation from docs/, the notebooks and the docstrings, if it is not there or out of date, and opens it in the browser. It can be searched, and needs no network.",
    )
    .option("--out <dir>", "folder of the site (default: out/docs)", (text) => resolve(text))
    .option("--no-open", "only print the address, and open no browser")
    .action(async (options: Options) => (await import("../docs.js")).docs(options));
  examples(command, [
    "npx nonsmooth docs",
    "npx nonsmooth docs --no-open --out site        copy the folder to read it on another machine",
  ]);
}
