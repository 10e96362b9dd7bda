/** `--in-place` and `--force`: where what is drawn and executed goes. */
import type { Command } from "commander";
import type { Permission } from "../util";

export type SaveFlags = Permission;

/** @param what what is overwritten in place: "the project's figures/" */
export function addSaveOptions(command: Command, what: string): Command {
  return command
    .option("--in-place", `overwrite ${what}, unless they are of real data, a higher preset or more rows`)
    .option("--force", "with --in-place: overwrite them in any case");
}
