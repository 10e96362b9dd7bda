/** `nonsmooth doctor`: what works here, and for everything that does not, the command that fixes it. */
import type { Command } from "commander";
import type { DoctorOptions } from "../doctor";
import { examples } from "../exit";

export function define(command: Command): void {
  command
    .description("Checks what the laboratory needs. Ends with code 1 if something essential is missing.")
    .option("--data <dir>", "folder that is searched first for datasets")
    .option("--json", "one line of JSON for each check, then one with all checks")
    .action(async (options: DoctorOptions) => (await import("../doctor.js")).doctor(options));
  examples(command, ["npx nonsmooth doctor", "npx nonsmooth doctor --json | tail -1"]);
}
