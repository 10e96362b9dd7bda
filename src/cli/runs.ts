/** `nonsmooth runs`: what is in the folder of runs, what differs between two, and their rows as files. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { compareRuns } from "../experiments";
import { figureTable } from "../figures";
import {
  defaultRuns,
  exportRows,
  findRun,
  listRuns,
  type Manifest,
  query,
  type Row,
  type RunComparison,
  type RunEntry,
  rowsOf,
  runName,
  writerOf,
} from "../runs";
import { fail, formatDuration, NonsmoothError, nearest } from "../util";
import { asUsage, EXIT, Exit, examples, note, plural, print, printJson } from "./exit";
import { runsOption } from "./folder-options";
import { defineRestore, onRestore } from "./runs-restore";
import { exactText, exactValue, summaryText } from "./summary";

interface Options {
  readonly runs?: string;
  readonly json?: boolean;
}

interface ListOptions extends Options {
  readonly experiment?: string;
}

interface ExportOptions extends Options {
  readonly run?: string;
  readonly sql?: string;
  readonly figure?: string;
}

/** Differing cells that are shown; --json has all. */
const SHOWN = 20;

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
    .action(list);
  add("show", "the configuration, the environment and the summary of a run", onShow)
    .argument("<run>", word)
    .option("--json", json)
    .action(show);
  add("compare", "what differs: configuration, environment, rows joined by the experiment's key", onCompare)
    .argument("<a>", word)
    .argument("<b>", "the same for the other")
    .option("--json", json)
    .action(compare);
  add("export", "writes rows as CSV, Parquet or Arrow, by the file's ending: give --run, --sql or --figure", onExport)
    .argument("<file>", "name.csv, name.parquet or name.arrow")
    .option("--run <run>", "the rows of a run")
    .option("--sql <query>", 'the answer of DuckDB over the tables `runs`, "<experiment>" and `rows`')
    .option("--figure <name>", "the data behind a figure, from figures/<name>.json of the project")
    .action(exportFile);
  defineRestore(command);
  examples(command, [...onList, ...onShow, ...onCompare, ...onExport, ...onRestore]);
  command.addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong usage (a run that is not there, too).");
}

const onList = ["npx nonsmooth runs list", "npx nonsmooth runs list --experiment training --json"];
const onShow = ["npx nonsmooth runs show 1939ad"];
const onCompare = ["npx nonsmooth runs compare 1939ad 3b6811"];
const onExport = [
  "npx nonsmooth runs export rows.parquet --run 1939ad",
  'npx nonsmooth runs export runs.csv --sql "SELECT experiment, status, count(*) AS n FROM runs GROUP BY ALL"',
  "npx nonsmooth runs export figure.arrow --figure bifurcation-frequency",
];

const width = () => process.stdout.columns ?? 120;
const runsOf = ({ runs = defaultRuns() }: Options) => ({ runs });

function list(options: ListOptions): void {
  const entries = asUsage(() => chosen(listRuns(runsOf(options).runs), options.experiment));
  if (options.json) {
    for (const entry of entries) printJson({ experiment: entry.experiment, ...overview(entry) });
    return;
  }
  for (const name of new Set(entries.map((entry) => entry.experiment))) {
    const items = entries.filter((entry) => entry.experiment === name).map(overview);
    print(`${name}\n${summaryText(items, width())}\n`);
  }
  const broken = entries.filter(({ status }) => status === "broken").length;
  print(`${plural(entries.length, "run")}${broken > 0 ? `, ${broken} of them broken` : ""}`);
}

function chosen(entries: readonly RunEntry[], only: string | undefined): readonly RunEntry[] {
  if (only === undefined) return entries;
  const names = [...new Set(entries.map((entry) => entry.experiment))];
  const near = nearest(only, names);
  if (!names.includes(only)) {
    fail("--experiment", `must have runs, as ${names.join(", ") || "none"} has`, only, near && `did you mean ${near}?`);
  }
  return entries.filter((entry) => entry.experiment === only);
}

/** A run in a line. */
function overview({ run, status, rows, manifest, problem }: RunEntry) {
  const { started, seconds, provenance } = manifest ?? {};
  const commit = typeof provenance?.commit === "string" ? provenance.commit.slice(0, 7) : undefined;
  return { run, status, rows, started, seconds, commit, ...(problem !== undefined && { problem }) };
}

function show(word: string, options: Options): void {
  const entry = asUsage(() => findRun(word, runsOf(options)));
  asUsage(() => rowsOf(entry)); // a broken run says why
  const { manifest, directory, status, rows } = entry;
  if (options.json) printJson({ ...manifest, status, rows, runDirectory: directory });
  else for (const text of runText(entry, manifest!)) print(text);
}

function runText(entry: RunEntry, manifest: Manifest): string[] {
  const { config, environment, provenance, seconds, notes = [], reason, summary } = manifest;
  const state = `${entry.status}${reason === undefined ? "" : ` (${reason})`}`;
  const parts = Object.entries({ environment, provenance, summary }).filter(([, part]) => part !== undefined);
  return [
    `${runName(entry)}: ${state}, ${plural(entry.rows, "row")}, ${formatDuration(seconds ?? 0)} of work\n`,
    `config\n${indent(exactText(config))}\n`,
    ...parts.map(([title, part]) => `${title}\n${indent(summaryText(part, width() - 2))}\n`),
    ...notes.map((line) => `note: ${line}`),
    `run folder: ${entry.directory}`,
  ];
}

const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");

function compare(a: string, b: string, options: Options): void {
  const comparison = asUsage(() => compareRuns(a, b, runsOf(options)));
  if (options.json) printJson(comparison);
  else for (const text of comparisonText(comparison)) print(text);
}

function comparisonText({ a, b, config, environment, rows, columns, cells }: RunComparison): string[] {
  const section = (title: string, items: readonly object[]) =>
    `${title}\n${items.length > 0 ? indent(summaryText(items, width() - 2)) : "  no difference"}\n`;
  const alone = `${rows.onlyA.length} in a only, ${rows.onlyB.length} in b only`;
  const hidden = cells.length > SHOWN ? [`… and ${plural(cells.length - SHOWN, "cell")} more: see --json`] : [];
  return [
    `a: ${a}\nb: ${b}\n`,
    // rounded, two values that differ might look the same
    section(
      "configuration",
      config.map(({ key, a, b }) => ({ key, a: exactValue(a), b: exactValue(b) })),
    ),
    section("environment", environment),
    `rows\n  ${rows.inBoth} in both, ${rows.equal} of them the same to the bit; ${alone}\n`,
    ...(rows.inBoth > 0 ? [section("columns that differ", columns)] : []),
    ...(cells.length > 0 ? [section("cells that differ", cells.slice(0, SHOWN))] : []),
    ...hidden,
  ];
}

async function exportFile(file: string, options: ExportOptions): Promise<void> {
  const given = [options.run, options.sql, options.figure].filter((value) => value !== undefined);
  asUsage(() => given.length === 1 || fail("export", "needs one of --run, --sql, --figure", given.length));
  const path = resolve(file);
  asUsage(() => {
    writerOf(path);
    if (!existsSync(dirname(path))) fail("export", "the file's folder must exist", dirname(path));
  });
  const rows = await asked(options);
  await exportRows(path, rows);
  print(`${path}: ${plural(rows.length, "row")}`);
}

async function asked({ run, sql, figure, ...options }: ExportOptions): Promise<readonly Row[]> {
  if (sql !== undefined) return answer(sql, runsOf(options));
  return asUsage(() => (run === undefined ? figureTable(figure!) : rowsOf(findRun(run, runsOf(options)))));
}

async function answer(sql: string, runs: { readonly runs: string }): Promise<readonly Row[]> {
  try {
    return await query(sql, { ...runs, log: note });
  } catch (error) {
    throw error instanceof NonsmoothError ? new Exit(EXIT.usage, error) : error;
  }
}
