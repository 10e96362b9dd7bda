/** `nonsmooth bench`: speed, side by side with other programs. */
import type { Command } from "commander";
import type { BenchOptions } from "../bench";
import { examples } from "../exit";
import { dataOption } from "../folder-options";

export function define(command: Command): void {
  command
    .description("Measures speed side by side with other programs, in turns on the same cores: see bench/README.md.")
    .argument("[name...]", "only these measurements; default: all")
    .option("--quick", "shorter and fewer rounds: a few minutes")
    .option("--json", "JSON lines on standard output: the machine, then the results")
    .option("--write", "put the table into bench/README.md and README.md")
    .addOption(dataOption())
    .action(async (names: readonly string[], options: BenchOptions) =>
      (await import("../bench.js")).bench(names, options),
    );
  examples(command, ["npx nonsmooth bench --quick", "npx nonsmooth bench --json > bench.jsonl"]);
}
