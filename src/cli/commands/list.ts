/** `nonsmooth list`: the names that the other commands take, and what is behind them. */
import { Argument, type Command } from "commander";
import { examples } from "../exit";
import type { ListOptions } from "../list";
import { type Section, sections } from "../sections";

export function define(command: Command): void {
  command
    .description("Lists what there is: a name and a sentence in each line.")
    .addArgument(new Argument("[section]", "only this section").choices(sections))
    .argument("[name]", "only this one, of an experiment with its keys for --set and its presets")
    .option("--long", "experiments with their keys and presets")
    .option("--json", "a line of JSON for each, with all there is to say")
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
