/** `--data` and `--runs`: folders that are checked before any work begins. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { fail, refuseCommitted } from "../util";
import { asUsage } from "./exit";

/** Where datasets are. @param description default: that of a folder that is searched first */
export function dataOption(description = "folder that is searched first for datasets"): Option {
  return new Option("--data <dir>", description).argParser(
    folder((text) => {
      if (kindOf(text) !== "folder") fail("--data", "must be an existing folder", text);
    }),
  );
}

/** Where runs are, or will be. */
export function runsOption(): Option {
  return new Option(
    "--runs <dir>",
    "folder of all runs (default: NONSMOOTH_RUNS, or else data/runs of the project)",
  ).argParser(
    folder((text) => {
      if (kindOf(text) === "file") fail("--runs", "must be a folder, not a file", text);
      refuseCommitted("--runs", resolve(text));
    }),
  );
}

/** A parser of an option's argument: the absolute path of a folder that passes a check. */
function folder(check: (text: string) => void) {
  return (text: string): string => {
    asUsage(() => check(text));
    return resolve(text);
  };
}

function kindOf(path: string): "folder" | "file" | undefined {
  if (!existsSync(path)) return undefined;
  return statSync(path).isDirectory() ? "folder" : "file";
}
