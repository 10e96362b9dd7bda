/** `nonsmooth runs`: lists, shows, compares and exports runs. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { columnsOf, compareRuns } from "../experiments";
import { figureTable, newestRoot, savedFile } from "../figures";
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
import { displayPath, fail, formatDuration, mayReplaceUnknown, NonsmoothError, nearest, wrapLine } from "../util";
import { asUsage, EXIT, Exit, note, plural, print, printJson } from "./exit";
import { exactText, exactValue, summaryText } from "./summary";

export interface Options {
  readonly runs?: string;
  readonly json?: boolean;
}

export interface ListOptions extends Options {
  readonly experiment?: string;
}

export interface ExportOptions extends Options {
  readonly run?: string;
  readonly sql?: string;
  readonly figure?: string;
}

/** How many differing cells are shown; --json has all. */
const SHOWN = 20;

const width = () => process.stdout.columns ?? 120;
const runsOf = ({ runs = defaultRuns() }: Options) => ({ runs });

export function list(options: ListOptions): void {
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
  if (!names.includes(only)) {
    const near = nearest(only, names);
    const rule = `must be an experiment that has runs: ${names.join(", ") || "there are none"}`;
    fail("--experiment", rule, only, near && `did you mean ${near}?`);
  }
  return entries.filter((entry) => entry.experiment === only);
}

/** A run as one line of a table. */
function overview({ run, status, rows, manifest, problem }: RunEntry) {
  const { started, seconds, provenance } = manifest ?? {};
  const commit = typeof provenance?.commit === "string" ? provenance.commit.slice(0, 7) : undefined;
  return { run, status, rows, started, seconds, commit, ...(problem !== undefined && { problem }) };
}

export function show(word: string, options: Options): void {
  const entry = asUsage(() => findRun(word, runsOf(options)));
  asUsage(() => rowsOf(entry)); // fails for a broken run, with the reason
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

export function compare(a: string, b: string, options: Options): void {
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
    differences("configuration", config),
    differences("environment", environment),
    `rows\n  ${rows.inBoth} in both, ${rows.equal} of them the same to the bit; ${alone}\n`,
    ...(rows.inBoth > 0 ? [section("columns that differ", columns)] : []),
    ...(cells.length > 0 ? [section("cells that differ", cells.slice(0, SHOWN))] : []),
    ...hidden,
  ];
}

/** What differs, key by key: both values in full, since they might look the same if rounded or cut. */
function differences(title: string, items: RunComparison["config"]): string {
  const lines = items.flatMap(({ key, a, b }) => [`${key}`, `  a: ${exactValue(a)}`, `  b: ${exactValue(b)}`]);
  return `${title}\n${(lines.length > 0 ? lines : ["no difference"]).map((line) => wrapLine(line, 2)).join("\n")}\n`;
}

interface Asked {
  readonly rows: readonly Row[];
  readonly columns?: ReturnType<typeof columnsOf>;
}

export async function exportFile(file: string, options: ExportOptions): Promise<void> {
  const given = [options.run, options.sql, options.figure].filter((value) => value !== undefined);
  asUsage(
    () =>
      given.length === 1 ||
      fail(
        "export",
        "needs one of --run, --sql, --figure",
        given.length,
        "npx nonsmooth runs export rows.csv --run 1939ad",
      ),
  );
  const path = resolve(file);
  asUsage(() => {
    writerOf(path);
    mayReplaceUnknown(path);
    if (!existsSync(dirname(path))) fail("export", "the file's folder must exist", dirname(path));
  });
  const { rows, columns } = await asked(options);
  await exportRows(path, rows, columns);
  print(`${path}: ${plural(rows.length, "row")}`);
}

async function asked({ run, sql, figure, ...options }: ExportOptions): Promise<Asked> {
  if (sql !== undefined) return { rows: await answer(sql, runsOf(options)) };
  if (run === undefined) return { rows: asUsage(() => drawnRows(figure!)) };
  const entry = asUsage(() => findRun(run, runsOf(options)));
  return { rows: asUsage(() => rowsOf(entry)), columns: columnsOf(entry.experiment) };
}

/** The data of the figure as it was last drawn, in out/ or in the project; says which. */
function drawnRows(figure: string): readonly Row[] {
  const root = newestRoot(figure);
  const rows = figureTable(figure, root);
  note(`data of ${displayPath(savedFile(root, figure))}`);
  return rows;
}

async function answer(sql: string, runs: { readonly runs: string }): Promise<readonly Row[]> {
  try {
    return await query(sql, { ...runs, log: note });
  } catch (error) {
    throw error instanceof NonsmoothError ? new Exit(EXIT.usage, error) : error;
  }
}
