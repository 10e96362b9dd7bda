/** `nonsmooth bench`: measures speed side by side with other programs. */
import type { Command } from "commander";
import type { BenchOptions } from "../bench";
import { examples } from "../exit";
import { dataOption } from "../folder-options";

export function define(command: Command): void {
  command
    .description(
      "Measures speed side by side with other programs, taking turns on the same cores: see bench/README.md.",
    )
    .argument("[name...]", "measurements to make (default: all)")
    .option("--quick", "shorter and fewer rounds: a few minutes")
    .option("--json", "write JSON lines to standard output: the machine, then the results")
    .option("--write", "write the table into bench/README.md and README.md")
    .addOption(dataOption())
    .action(async (names: readonly string[], options: BenchOptions) =>
      (await import("../bench.js")).bench(names, options),
    );
  examples(command, ["npx nonsmooth bench --quick", "npx nonsmooth bench --json > bench.jsonl"]);
}
