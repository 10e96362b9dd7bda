/** `nonsmooth list`: the names that the other commands take, and what they stand for. */
import { Argument, type Command } from "commander";
import { requireName } from "../../util";
import { asUsage, examples } from "../exit";
import type { ListOptions } from "../list";
import { type Section, sections } from "../sections";

export function define(command: Command): void {
  command
    .description("Lists what is available: a name and a sentence on each line.")
    .addArgument(
      // the choices are for the help
      new Argument("[section]", "only this section")
        .choices(sections)
        .argParser((text) => asUsage(() => requireName("section", sections, text))),
    )
    .argument("[name]", "only this item; for an experiment, with its keys for --set and its presets")
    .option("--long", "list experiments with their keys and presets")
    .option("--json", "one line of JSON for each, with all details")
    .action(async (section: Section | undefined, name: string | undefined, options: ListOptions) =>
      (await import("../list.js")).list(section, name, options),
    );
  examples(command, [
    "npx nonsmooth list",
    "npx nonsmooth list operations",
    "npx nonsmooth list experiments bifurcation-frequency",
    "npx nonsmooth list experiments --json",
  ]);
}
