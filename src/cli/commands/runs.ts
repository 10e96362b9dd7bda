/** `nonsmooth runs`: what is in the folder of runs, what differs between two, and their rows as files. */
import type { Command } from "commander";
import { examples } from "../exit";
import { runsOption } from "../folder-options";
import type { ExportOptions, ListOptions, Options } from "../runs";
import type { RestoreOptions } from "../runs-restore";

const actions = () => import("../runs.js");

export function define(command: Command): void {
  command.description(
    "The runs that there are: list them, show one, compare two, write their rows for other programs.",
  );
  const add = (name: string, description: string, lines: readonly string[]) =>
    examples(command.command(name).description(description), lines).addOption(runsOption());
  const json = "one line of JSON to standard output";
  const word = "its hash, the first digits of it, <experiment>/<hash>, or its folder";
  add("list", "every run with its state; a broken one with its problem", onList)
    .option("--experiment <name>", "only its runs")
    .option("--json", "a line of JSON for each run")
    .action(async (options: ListOptions) => (await actions()).list(options));
  add("show", "the configuration, the environment and the summary of a run", onShow)
    .argument("<run>", word)
    .option("--json", json)
    .action(async (run: string, options: Options) => (await actions()).show(run, options));
  add("compare", "what differs: configuration, environment, rows joined by the experiment's key", onCompare)
    .argument("<a>", word)
    .argument("<b>", "the same for the other")
    .option("--json", json)
    .action(async (a: string, b: string, options: Options) => (await actions()).compare(a, b, options));
  add("export", "writes rows as CSV, Parquet or Arrow, by the file's ending: give --run, --sql or --figure", onExport)
    .argument("<file>", "name.csv, name.parquet or name.arrow")
    .option("--run <run>", "the rows of a run")
    .option("--sql <query>", 'the answer of DuckDB over the tables `runs`, "<experiment>" and `rows`')
    .option(
      "--figure <name>",
      "the data behind a figure, as it was drawn last: in out/figures/ or in the project's figures/",
    )
    .action(async (file: string, options: ExportOptions) => (await actions()).exportFile(file, options));
  add(
    "restore",
    "puts committed rows into the folder of runs, as finished runs; a run that is there is kept",
    onRestore,
  )
    .argument("[name...]", "folders of data/results/; default: all of them")
    .option("--from <dir>", "where these folders are (default: data/results of the project)")
    .option("--json", "a line of JSON for each run")
    .action(async (names: string[], options: RestoreOptions) =>
      (await import("../runs-restore.js")).restore(names, options),
    );
  examples(command, [...onList, ...onShow, ...onCompare, ...onExport, ...onRestore]);
  command.addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage (a run that is not there, too).");
}

const onList = ["npx nonsmooth runs list", "npx nonsmooth runs list --experiment training --json"];
const onShow = ["npx nonsmooth runs show 1939ad"];
const onCompare = ["npx nonsmooth runs compare 1939ad 3b6811"];
const onRestore = ["npx nonsmooth runs restore", "npx nonsmooth runs restore zeros surprise"];
const onExport = [
  "npx nonsmooth runs export rows.parquet --run 1939ad",
  'npx nonsmooth runs export runs.csv --sql "SELECT experiment, status, count(*) AS n FROM runs GROUP BY ALL"',
  "npx nonsmooth runs export figure.arrow --figure bifurcation-frequency",
];
