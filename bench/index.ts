/** Every benchmark, and the program that runs them. To add one: its file, and a line in the list. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { NonsmoothError } from "nonsmooth";
import { bifurcationFrequency } from "./bifurcation-frequency";
import { gemm } from "./gemm";
import { machine } from "./machine";
import { mlpGradient } from "./mlp-gradient";
import { benchFolder } from "./processes";
import { findPython, NO_TORCH } from "./python";
import { breakdownMarkdown, markdown, writeTable } from "./report";
import { trainingStep } from "./training-step";
import type { Benchmark, Breakdown, Line, Setting } from "./types";

export const benchmarks: readonly Benchmark[] = [bifurcationFrequency, mlpGradient, trainingStep, gemm];

const FULL = { rounds: 5, seconds: 1.2 };
const QUICK = { rounds: 2, seconds: 0.3 };

interface Options {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly write?: boolean;
  readonly data?: string;
}

/** A complaint of the command line, which ends the program with code 2. */
class WrongUsage extends NonsmoothError {}

const program = new Command("bench")
  .description("Measures this library side by side with others, in turns.")
  .argument("[name...]", `of ${benchmarks.map(({ name }) => name).join(", ")}; default: all`)
  .option("--quick", "shorter and fewer rounds: a few minutes")
  .option("--json", "one line of JSON for the machine and one for each line of the table")
  .option("--write", "put the table into bench/README.md, and into README.md if it has a place for it")
  .option("--data <dir>", "where datasets are looked for first")
  .addHelpText("after", `\n${benchmarks.map(({ name, summary }) => `${name}: ${summary}`).join("\n")}`)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(main);

async function main(names: readonly string[], options: Options): Promise<void> {
  const chosen = choose(names);
  if (options.write && chosen.length < benchmarks.length) {
    throw new WrongUsage("--write", "must come without names: the table holds every benchmark", { got: names });
  }
  const python = await findPython();
  if (!python) note(NO_TORCH);
  const effort = options.quick ? QUICK : FULL;
  const on = machine(python, effort.rounds);
  const folder = temporaryFolder();
  const setting: Setting = { ...effort, cores: on.cores, python, data: options.data, folder, note };
  const lines: Line[] = [];
  const breakdowns: Breakdown[] = [];
  for (const benchmark of chosen) {
    lines.push(...(await benchmark.run(setting)));
    if (benchmark.breakdown) breakdowns.push(await benchmark.breakdown(setting));
  }
  const table = [markdown(lines, on), ...breakdowns.map(breakdownMarkdown)].join("\n\n");
  const values = [{ machine: on }, ...lines, ...breakdowns];
  const printed = options.json ? values.map((value) => JSON.stringify(value)).join("\n") : table;
  process.stdout.write(`${printed}\n`);
  if (options.write) write(table);
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const known = benchmarks.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new WrongUsage("benchmark", `must be one of ${known.join(", ")}`, { got: unknown });
  }
  return benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
}

function write(table: string): void {
  for (const document of ["bench/README.md", "README.md"]) {
    if (writeTable(join(benchFolder, "..", document), table)) note(`${document}: table written`);
  }
}

/** A folder that is gone when the program has ended, however it ends. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
  return folder;
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

program.parseAsync().catch((error: Error) => {
  note(error instanceof NonsmoothError ? error.message : (error.stack ?? error.message));
  process.exitCode = error instanceof WrongUsage ? 2 : 1;
});
