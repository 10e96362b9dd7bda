/** `nonsmooth runs`: lists, shows, compares and exports runs. */
import type { Command } from "commander";
import { examples } from "../exit";
import { dataOption, runsOption } from "../folder-options";
import type { ExportOptions, ListOptions, Options } from "../runs";
import type { MergeOptions } from "../runs-merge";
import type { RestoreOptions } from "../runs-restore";

const actions = () => import("../runs.js");

export function define(command: Command): void {
  command.description(
    "Lists runs, shows, stops or merges one, compares two, and exports their rows for other programs.",
  );
  const add = (name: string, description: string, lines: readonly string[]) =>
    examples(command.command(name).description(description), lines).addOption(runsOption());
  const json = "one line of JSON to standard output";
  const word = "its hash or the first 4 digits of it or more, <experiment>/<hash>, or its folder";
  add("list", "list every run with its state, and what is wrong with broken ones", onList)
    .option("--experiment <name>", "only the runs of this experiment")
    .option("--json", "one line of JSON for each run")
    .action(async (options: ListOptions) => (await actions()).list(options));
  add("show", "show the configuration, the environment and the summary of a run", onShow)
    // the action, which knows the runs, says what is missing
    .usage("[options] <run>")
    .argument("[run]", word)
    .option("--json", json)
    .action(async (run: string | undefined, options: Options) => (await actions()).show(run, options));
  add("stop", "stop a run that goes on, in a notebook's process or elsewhere; what it has done is kept", onStop)
    .usage("[options] <run>")
    .argument("[run]", word)
    .action(async (run: string | undefined, options: Options) => (await import("../runs-stop.js")).stop(run, options));
  add("merge", "put the shards of a run together, or say which of them are not done, and how to do them again", onMerge)
    .usage("[options] <run>")
    .argument("[run]", word)
    .addOption(dataOption())
    .action(async (run: string | undefined, options: MergeOptions) =>
      (await import("../runs-merge.js")).merge(run, options),
    );
  add(
    "compare",
    "show what differs in configuration, environment and rows, which are matched by the experiment's key",
    onCompare,
  )
    .usage("[options] <a> <b>")
    .argument("[a]", word)
    .argument("[b]", "the same for the other run")
    .option("--json", json)
    .action(async (a: string | undefined, b: string | undefined, options: Options) =>
      (await actions()).compare(a, b, options),
    );
  add(
    "export",
    "write rows as CSV, Parquet or Arrow, depending on the file's ending; needs --run, --sql or --figure",
    onExport,
  )
    .argument("<file>", "name.csv, name.parquet or name.arrow")
    .option("--run <run>", "the rows of a run")
    .option("--sql <query>", 'the answer of DuckDB to a query of the tables `runs`, "<experiment>" and `rows`')
    .option(
      "--figure <name>",
      "the data of a figure as it was last drawn, in out/figures/ or in the project's figures/",
    )
    .action(async (file: string, options: ExportOptions) => (await actions()).exportFile(file, options));
  add("restore", "put committed rows into the folder of runs as finished runs; existing runs are kept", onRestore)
    .argument("[name...]", "folders in data/results/ (default: all)")
    .option("--from <dir>", "where these folders are (default: data/results of the project)")
    .option("--json", "one line of JSON for each run")
    .action(async (names: string[], options: RestoreOptions) =>
      (await import("../runs-restore.js")).restore(names, options),
    );
  examples(command, [...onList, ...onShow, ...onStop, ...onMerge, ...onCompare, ...onExport, ...onRestore]);
  command.addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage (also for an unknown run).");
}

const onList = ["npx nonsmooth runs list", "npx nonsmooth runs list --experiment training --json"];
const onShow = ["npx nonsmooth runs show 1939ad"];
const onStop = ["npx nonsmooth runs stop 1939ad"];
const onMerge = ["npx nonsmooth runs merge 1939ad"];
const onCompare = ["npx nonsmooth runs compare 1939ad 3b6811"];
const onRestore = ["npx nonsmooth runs restore", "npx nonsmooth runs restore zeros surprise"];
const onExport = [
  "npx nonsmooth runs export rows.parquet --run 1939ad",
  'npx nonsmooth runs export runs.csv --sql "SELECT experiment, status, count(*) AS n FROM runs GROUP BY ALL"',
  `npx nonsmooth runs export frequency.csv --sql 'SELECT precision, outcome, count(*) AS n FROM "bifurcation-frequency" GROUP BY ALL'`,
  "npx nonsmooth runs export figure.arrow --figure bifurcation-frequency",
];
