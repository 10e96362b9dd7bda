/** `--in-place` and `--force`: where what is drawn and executed goes. */
import type { Command } from "commander";

export interface SaveFlags {
  readonly inPlace?: boolean;
  readonly force?: boolean;
}

/** @param what what is overwritten in place: "the project's figures/" */
export function addSaveOptions(command: Command, what: string): Command {
  return command
    .option("--in-place", `overwrite ${what}, unless they are of real data, a higher preset or more rows`)
    .option("--force", "with --in-place: overwrite them in any case");
}

/** The flags, and where they are not given the environment. */
export function saveOptions({ inPlace, force }: SaveFlags): { readonly inPlace: boolean; readonly force: boolean } {
  return {
    inPlace: inPlace ?? process.env.NONSMOOTH_IN_PLACE === "1",
    force: force ?? process.env.NONSMOOTH_FORCE === "1",
  };
}
