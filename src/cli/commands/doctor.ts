/** `nonsmooth doctor`: what works here, and for each thing that does not a command that changes it. */
import type { Command } from "commander";
import type { DoctorOptions } from "../doctor";
import { examples } from "../exit";

export function define(command: Command): void {
  command
    .description("Tries what the laboratory needs. Ends with code 1 if something is missing that it cannot do without.")
    .option("--data <dir>", "where datasets are looked for first")
    .option("--json", "one line of JSON for each check, then one with all")
    .action(async (options: DoctorOptions) => (await import("../doctor.js")).doctor(options));
  examples(command, ["npx nonsmooth doctor", "npx nonsmooth doctor --json | tail -1"]);
}
