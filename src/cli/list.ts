/** `nonsmooth list`: the names that the other commands take, and what they stand for. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { conventionNames, conventions, knownKinks, type NamedValue } from "../autodiff";
import { defaultEngine, engines } from "../engines";
import { type Experiment, experiments } from "../experiments";
import { figures } from "../figures";
import { opNames, records } from "../ops";
import { requireName, wrapLine } from "../util";
import { type ColumnRow, columnsTable } from "../views";
import { datasetLine, datasets } from "./data";
import { asUsage, print, printJson } from "./exit";
import { notebookFiles, notebookName } from "./notebook-files";
import { type Section, sections } from "./sections";

export interface ListOptions {
  readonly long?: boolean;
  readonly json?: boolean;
}

/** What is listed; other fields appear only with --json. */
interface Item {
  readonly name: string;
  readonly summary: string;
}

interface ExperimentItem extends Item {
  /** What it measures. */
  readonly measures: string;
  readonly source: string;
  readonly keys: readonly { readonly key: string; readonly default: unknown; readonly description: string }[];
  readonly presets: Experiment["presets"];
  /** The columns of its rows. */
  readonly columns: readonly ColumnRow[];
}

interface ConventionItem extends Item {
  readonly values: Readonly<Record<string, NamedValue>>;
}

const automatic = engines.filter(({ suits }) => suits).map(({ id }) => id);

const items: Readonly<Record<Section, () => readonly Item[]>> = {
  experiments: () => experiments.map(experimentItem),
  figures: () => figures.map(({ name, summary, experiment }) => ({ name, summary, experiment: experiment.name })),
  notebooks: () => notebookFiles().map((file) => ({ name: notebookName(file), summary: headingOf(file) })),
  datasets: () => datasets(),
  engines: () => [
    ...engines.map(({ id, summary }) => ({ name: id, summary })),
    {
      name: "auto",
      summary: `the first of ${automatic.join(", ")} whose device is here and supports the precisions, otherwise ${defaultEngine}`,
    },
  ],
  operations: () => opNames.map((name) => ({ name, summary: records[name].summary })),
  kinks: () =>
    Object.entries(knownKinks()).map(([name, kink]) => ({
      name,
      summary: `${"at" in kink ? `at ${kink.at}, value ` : ""}${kink.default} unless you choose another (${kink.source})`,
    })),
  conventions: () => conventionNames.map((name): ConventionItem => ({ name, ...conventions[name] })),
};

/** Items whose line is not `name: summary`. */
const lines: Partial<Record<Section, (item: never) => string>> = {
  figures: ({ name, summary, experiment }: Item & { experiment: string }) =>
    `${name}: ${summary} (rows of ${experiment})`,
  datasets: datasetLine,
};

export function list(only: Section | undefined, name: string | undefined, { long, json }: ListOptions): void {
  for (const section of only ? [only] : sections) {
    const all = items[section]();
    const chosen = name === undefined ? all : [asUsage(() => named(section, name, all))];
    if (json) for (const item of chosen) printJson({ section, ...item });
    else {
      const isLong = long === true || name !== undefined || only === "conventions";
      printSection(section, chosen, isLong, only === undefined);
    }
  }
}

function named(section: Section, name: string, all: readonly Item[]): Item {
  const names = all.map((item) => item.name);
  return all[names.indexOf(requireName(section, names, name))]!;
}

function printSection(section: Section, chosen: readonly Item[], isLong: boolean, headed: boolean): void {
  const indent = headed ? 2 : 0;
  const lineOf = lines[section] as ((item: Item) => string) | undefined;
  if (headed) print(`${section === sections[0] ? "" : "\n"}${section}`);
  if (chosen.length === 0) print(`${" ".repeat(indent)}none`);
  for (const item of chosen) {
    print(wrapLine(lineOf?.(item) ?? `${item.name}: ${item.summary}`, indent));
    for (const line of (isLong && details[section]?.(item as never)) || []) print(wrapLine(line, indent));
  }
}

/** What more is said about an item. */
const details: Partial<Record<Section, (item: never) => readonly string[]>> = {
  experiments: detailLines,
  conventions: ({ values }: ConventionItem) =>
    Object.entries(values).map(([kink, { value, source }]) => `  ${kink}: ${valueWords(value)} (${source})`),
};

const valueWords = (value: NamedValue["value"]): string =>
  typeof value === "number"
    ? String(value)
    : value === "nearest to 0"
      ? "the slope nearest to 0"
      : `the slope ${value}`;

function experimentItem(experiment: Experiment): ExperimentItem {
  const { name, title, summary, source, schema, presets } = experiment;
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  const keys = Object.entries(properties).map(([key, rule]) => {
    const { description = "", default: value } = rule as { description?: string; default?: unknown };
    return { key, default: value, description };
  });
  return { name, summary: title, measures: summary, source, keys, presets, columns: columnsTable(experiment) };
}

function detailLines({ measures, source, keys, presets, columns }: ExperimentItem): string[] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const setting = (key: string, value: unknown) => (value === undefined ? key : `${key}=${text(value)}`);
  return [
    `  ${measures} (${source})`,
    "  keys for --set, with their defaults",
    ...keys.map(({ key, default: value, description }) => `    ${setting(key, value)}  ${description}`),
    "  presets",
    ...Object.entries(presets).map(([preset, config]) => `    --preset ${preset}: ${JSON.stringify(config)}`),
    "  columns of its rows",
    ...columns.map(({ column, unit, meaning }) => `    ${column}${unit ? ` (${unit})` : ""}: ${meaning}`),
  ];
}

/** A notebook's first heading. */
function headingOf(file: string): string {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: readonly { source: string | string[] }[] };
  const text = cells.map(({ source }) => [source].flat().join("")).join("\n");
  return /^# +(.*)$/m.exec(text)?.[1] ?? "";
}
