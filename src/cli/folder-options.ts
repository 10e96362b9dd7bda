/** `--data` and `--runs`: folders that are looked at before any work. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { fail } from "../util";
import { asUsage } from "./exit";

/** Where datasets are. @param description default: as of a place that comes before the others */
export function dataOption(description = "where datasets are looked for first"): Option {
  const rule = "must be an existing folder";
  return new Option("--data <dir>", description).argParser(folder("--data", rule, (isFolder) => isFolder === true));
}

/** Where runs are, or will be. */
export function runsOption(): Option {
  const rule = "must be a folder, not a file";
  return new Option("--runs <dir>", "folder of all runs (default: data/runs of the project)").argParser(
    folder("--runs", rule, (isFolder) => isFolder !== false),
  );
}

/** A parser of an option's argument: the absolute path of a folder. @param allowed of undefined: of what is not there */
function folder(option: string, rule: string, allowed: (isFolder: boolean | undefined) => boolean) {
  return (text: string): string => {
    const isFolder = existsSync(text) ? statSync(text).isDirectory() : undefined;
    return asUsage(() => (allowed(isFolder) ? resolve(text) : fail(option, rule, text)));
  };
}
