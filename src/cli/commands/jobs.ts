/** `nonsmooth jobs`: what has become of runs that were submitted to Slurm. */
import type { Command } from "commander";
import { examples } from "../exit";
import { runsOption } from "../folder-options";
import type { JobsOptions } from "../jobs";

export function define(command: Command): void {
  command
    .description(
      "Shows the shards of a run, or of all runs that were submitted: done, running, waiting, failed with the last line of the log, or missing. " +
        "Without Slurm's programs, what their folders say.",
    )
    .argument(
      "[run]",
      "its hash or the first 4 digits of it or more, <experiment>/<hash>, or its folder (default: every run that was submitted)",
    )
    .addOption(runsOption())
    .option("--cancel", "cancel what still waits or runs of the run; what is done is kept")
    .option("--json", "one line of JSON for each run")
    .action(async (run: string | undefined, options: JobsOptions) => (await import("../jobs.js")).jobs(run, options));
  examples(command, ["npx nonsmooth jobs", "npx nonsmooth jobs 1939ad", "npx nonsmooth jobs 1939ad --cancel"]);
}
