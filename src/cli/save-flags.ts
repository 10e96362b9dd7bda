/** `--in-place` and `--force`: where figures and executed notebooks go. */
import type { Command } from "commander";
import type { Permission } from "../util";

export type SaveFlags = Permission;

/** @param what what is overwritten: "the project's figures/" */
export function addSaveOptions(command: Command, what: string): Command {
  return command
    .option("--in-place", `overwrite ${what}, unless the new files have synthetic data, a lower preset or fewer rows`)
    .option("--force", "with --in-place: overwrite them in any case");
}
