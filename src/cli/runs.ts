/** `nonsmooth runs`: lists, shows, compares and exports runs. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { columnsOf, compareRuns, evidenceOf } from "../experiments";
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
  readProgress,
  rowsOf,
  runName,
  type ShardEntry,
  shardText,
  writerOf,
} from "../runs";
import {
  alignedTable,
  displayPath,
  fail,
  formatDuration,
  groupBy,
  mayReplaceUnknown,
  NonsmoothError,
  nearest,
  terminalWidth,
  wrapLine,
} from "../util";
import { asUsage, EXIT, Exit, note, plural, print, printJson } from "./exit";
import { openShards, shardCounts } from "./shards-text";
import { exactText, exactValue, type Item, summaryText } from "./summary";

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

/** How many of the latest runs are named where one is missing. */
const LATEST = 3;

const width = () => terminalWidth() ?? 120;
const runsOf = ({ runs = defaultRuns() }: Options) => ({ runs });

export function list(options: ListOptions): void {
  const entries = asUsage(() => chosen(listRuns(runsOf(options).runs, "count"), options.experiment));
  if (options.json) {
    for (const entry of entries) printJson({ experiment: entry.experiment, ...overview(entry) });
    return;
  }
  for (const [name, some] of groupBy(entries, (entry) => entry.experiment)) print(`${name}\n${listText(some)}\n`);
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

/** What is known of a run without its rows. */
function overview({ run, directory, status, rows, manifest, problem, shards }: RunEntry) {
  const { preset, started, seconds, provenance } = manifest ?? {};
  const progress = status === "running" && !shards ? readProgress(directory) : undefined;
  const dataset = manifest && evidenceOf(manifest).datasets.join(" and ");
  const commit = typeof provenance?.commit === "string" ? provenance.commit.slice(0, 7) : undefined;
  return {
    run,
    status,
    rows,
    preset,
    dataset,
    started,
    seconds,
    commit,
    ...(progress && { progress }),
    ...(shards && { shards: shards.map(shardOverview) }),
    ...(problem !== undefined && { problem }),
  };
}

function shardOverview({ status, rows, directory, ...shard }: ShardEntry) {
  const progress = status === "running" ? readProgress(directory) : undefined;
  return { shard: shardText(shard), status, rows, ...(progress && { progress }) };
}

/** Runs as a table, and below it what is wrong with the broken ones. */
function listText(entries: readonly RunEntry[]): string {
  const all = entries.map(overview);
  const header = ["run", "status", "rows", "preset", "dataset", "started", "took", "commit"];
  const rows = all.map(({ run, status, progress, rows, preset, dataset, started, seconds, commit }) => {
    const state = progress ? `${status}, ${progress.done} of ${progress.total} ${progress.unit}` : status;
    const took = seconds === undefined ? undefined : formatDuration(seconds);
    // to the second, of ISO 8601
    return [run, state, rows, preset, dataset, started?.replace(/\.\d+/, ""), took, commit].map((x) => String(x ?? ""));
  });
  const problems = all.flatMap(({ run, problem }) => (problem === undefined ? [] : [`${run}: ${problem}`]));
  const divided = entries.flatMap(({ run, shards }) => (shards ? [`${run}: ${shardCounts(shards)}`] : []));
  return [alignedTable(header, rows), ...[...problems, ...divided].map((line) => wrapLine(line, 2))].join("\n");
}

/** @throws Exit that names the latest runs if there are fewer words than the command needs */
export function requireRuns(command: string, words: readonly (string | undefined)[], options: Options): string[] {
  const given = words.filter((word) => word !== undefined);
  if (given.length === words.length) return given;
  const started = ({ manifest }: RunEntry) => manifest?.started ?? "";
  const latest = listRuns(runsOf(options).runs, "count").sort((a, b) => (started(a) < started(b) ? 1 : -1));
  const names = latest.slice(0, LATEST).map(runName).join(", ");
  const rule = `must be given ${words.length === 1 ? "a run" : "two runs"}${names && `; the latest are ${names}`}`;
  const hint = names ? "npx nonsmooth runs list shows all of them" : `there is none in ${runsOf(options).runs}`;
  throw new Exit(EXIT.usage, new NonsmoothError(command, rule, { hint }));
}

export function show(given: string | undefined, options: Options): void {
  const [word] = requireRuns("runs show", [given], options) as [string];
  const entry = asUsage(() => findRun(word, runsOf(options)));
  asUsage(() => rowsOf(entry)); // fails for a broken run, with the reason
  const { manifest, directory, status, rows } = entry;
  if (options.json) printJson({ ...manifest, status, rows, runDirectory: directory });
  else if (manifest) for (const text of runText(entry, manifest)) print(text);
  else print(`${runName(entry)}: ${status}, a process has only just taken it\nrun folder: ${directory}`);
}

function runText(entry: RunEntry, manifest: Manifest): string[] {
  const { config, environment, provenance, seconds, notes = [], reason, summary } = manifest;
  const state = `${entry.status}${reason === undefined ? "" : ` (${reason})`}`;
  // each of hundreds of shards has its own facts
  const { shards: recorded, ...facts } = environment ?? {};
  const parts = Object.entries({ environment: environment && facts, provenance }).filter(
    ([, part]) => part !== undefined,
  );
  return [
    `${runName(entry)}: ${state}, ${plural(entry.rows, "row")}, ${formatDuration(seconds ?? 0)} of work\n`,
    `config\n${indent(exactText(config))}\n`,
    ...parts.map(([title, part]) => `${title}\n${indent(exactText(part as Item))}\n`),
    ...(summary === undefined
      ? []
      : [`summary\n${indent(summaryText(summary, width() - 2, columnsOf(entry.experiment)))}\n`]),
    ...notes.map((line) => `note: ${line}`),
    ...(!entry.shards && Array.isArray(recorded)
      ? [`computed in ${plural(recorded.length, "shard")}: --json says more of each`]
      : []),
    ...(entry.shards ? [shardCounts(entry.shards), ...openShards(entry, dirname(dirname(entry.directory)))] : []),
    `run folder: ${entry.directory}`,
  ];
}

const indent = (text: string) => text.replace(/^(?=.)/gm, "  ");

export function compare(first: string | undefined, second: string | undefined, options: Options): void {
  const [a, b] = requireRuns("runs compare", [first, second], options) as [string, string];
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
