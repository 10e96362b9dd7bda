/** An experiment's summary as text: tables for lists of records, a line for each single value, and what they mean. */
import { type Columns, encode, type Row } from "../runs";
import { wrap } from "../util";

export type Item = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  /** The name as words, with the unit. */
  readonly head: string;
  readonly cells: readonly string[];
  /** Whether it holds estimates with their intervals: the purpose of the table. */
  readonly isEstimate?: boolean;
}

/** How heads call the brackets in cells. No line breaks within "95 %", or between a name and its value. */
const INTERVAL = "95\u00a0% interval";
/** The key of an item that says whether the ends of its mean are only the smallest and the largest value. */
const IS_RANGE = "isRange";

/** Text, and the names of the columns and single values that stand in it. */
interface Part {
  readonly text: string;
  readonly names: readonly string[];
}

/**
 * The text of any summary, no wider than `width` characters as long as columns can be left out.
 * @param declared the columns of the experiment's rows, for their units and their meanings
 */
export function summaryText(summary: unknown, width: number, declared: Columns = {}): string {
  const { text, names } = body(summary, width, declared);
  const meanings = [...new Set(names)].flatMap((name) => {
    // what stands for an absent number in a row is none in a summary
    const meaning = declared[name]?.meaning.replace(/; (NaN|null): .*/, "");
    return meaning ? [wrap(`${wordsOf(name)}: ${meaning}`, { width, indent: 2 })] : [];
  });
  return [text.replaceAll("\u00a0", " "), ...(meanings.length > 0 ? ["", "where", ...meanings] : [])].join("\n");
}

function body(summary: unknown, width: number, declared: Columns): Part {
  if (isItems(summary)) return itemsPart(summary, width, declared);
  if (!isRecord(summary)) return { text: cell(summary), names: [] };
  const parts = Object.entries(summary).map(([key, value]): Part => {
    if (!isItems(value)) return { text: single(key, value, declared), names: [key] };
    const { text, names } = itemsPart(value, width, declared);
    return { text: `\n${wordsOf(key)}\n${text}`, names };
  });
  return { text: textOf(parts, "\n").trim(), names: parts.flatMap(({ names }) => names) };
}

const textOf = (parts: readonly Part[], between: string) => parts.map(({ text }) => text).join(between);

/** How many rows are of runs that broke off, and why the first one did; undefined if none is. Such rows stay until a run begins anew. */
export function failedText(rows: readonly Row[]): string | undefined {
  const failed = rows.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return undefined;
  return `Broken off: ${failed.length} of ${rows.length} rows (--fresh begins anew). The first reason: ${failed[0]!.reason}`;
}

/** A record exactly, one line for each key: every digit of a number, null as null, lists and records as JSON. */
export function exactText(record: Readonly<Record<string, unknown>>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}: ${exactValue(value)}`)
    .join("\n");
}

/** A value with all its digits; text has no quotes where it cannot be mistaken for another value. */
export function exactValue(value: unknown): string {
  return typeof value === "string" && !/^(?:[-+.\d["{]|(?:null|true|false)$|$)/.test(value) ? value : encode(value);
}

/** What is the same in all items goes above the table, except for estimates; an interval follows its estimate. */
function itemsPart(items: readonly Item[], width: number, declared: Columns): Part {
  const columns = withIntervals(items, declared);
  const inTable = ({ cells, isEstimate }: Column) => isEstimate || cells.some((text) => text !== cells[0]);
  const varying = columns.filter(inTable);
  const constant = columns.filter((column) => !inTable(column) && column.cells[0] !== "");
  const above = wrap(constant.map(({ name }) => single(name, items[0]![name], declared)).join(", "), { width });
  const parts = [{ text: above, names: constant.map(({ name }) => name) }, tablePart(varying, width)];
  return {
    text: textOf(
      parts.filter(({ text }) => text !== ""),
      "\n\n",
    ),
    names: parts.flatMap(({ names }) => names),
  };
}

/** "depth: 1 layer", "share: 0.5, 95 % interval [0.15, 0.85]" */
function single(name: string, value: unknown, declared: Columns): string {
  if (isInterval(value)) return `${wordsOf(name)}:\u00a0${cell(value).replace(" [", `, ${INTERVAL} [`)}`;
  const unit = typeof value === "number" ? declared[name]?.unit : undefined;
  return `${wordsOf(name)}:\u00a0${cell(value)}${unit === undefined ? "" : ` ${value === 1 ? oneOf(unit) : unit}`}`;
}

/** "layers" as "layer", "mini-batches" as "mini-batch" */
const oneOf = (unit: string) => unit.replace(/(?<=ch)es$|s$/, "");

/** `frequency`, `low` and `high` become one column; so do `frequencyX`, `lowX` and `highX`, and records of such three; `isRange` is in its head. */
function withIntervals(items: readonly Item[], declared: Columns): Column[] {
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))].filter((name) => name !== IS_RANGE);
  const suffixes = names.flatMap((name) => /^low(.*)$/.exec(name)?.[1] ?? []).filter((s) => names.includes(`high${s}`));
  const bounds = new Set(suffixes.flatMap((suffix) => [`low${suffix}`, `high${suffix}`]));
  const suffixOf = new Map(suffixes.map((suffix) => [estimateBefore(`low${suffix}`, names), suffix]));
  return names
    .filter((name) => !bounds.has(name))
    .map((name) => {
      const suffix = suffixOf.get(name);
      const boundsIn = (item: Item) => ({ low: item[`low${suffix}`], high: item[`high${suffix}`] });
      const valueIn = (item: Item) => (suffix === undefined ? item[name] : { [name]: item[name], ...boundsIn(item) });
      const values = items.map(valueIn);
      return {
        name,
        head: headOf(name, endsOf(items, values, suffix), declared),
        cells: values.map(cell),
        isEstimate: values.some(isInterval),
      };
    });
}

/** "width (neurons)", "share, 95 % interval" */
function headOf(name: string, ends: string, declared: Columns): string {
  const [words, unit] = [wordsOf(name), declared[name]?.unit];
  return [`${words}${unit === undefined || unit === words ? "" : ` (${unit})`}`, ends].filter(Boolean).join(", ");
}

/** What the brackets of a column hold; empty without any. The means of a few values have their range: `isRange`, or `lowest` and `highest`. */
function endsOf(items: readonly Item[], values: readonly unknown[], suffix: string | undefined): string {
  const withEnds = items.filter((_, i) => isInterval(values[i]) && values[i].low !== null);
  const isRange = (item: Item) => suffix === "est" || item[IS_RANGE] === true;
  return [...new Set(withEnds.map((item) => (isRange(item) ? "range" : INTERVAL)))].join(" or ");
}

/** The estimate that bounds belong to: the last one before them, which may be followed by counts. */
function estimateBefore(bound: string, names: readonly string[]): string | undefined {
  const before = names.slice(0, names.indexOf(bound));
  return before.findLast((name) => /^(frequency|share|difference)|Accuracy$/.test(name)) ?? before.at(-1);
}

/** Columns aligned to the right, as many as fit; where they do not all fit, their heads are broken between words. */
function tablePart(columns: readonly Column[], width: number): Part {
  const fits = widthOf(columns.map((column) => columnWidth(column, [column.head]))) <= width;
  const linesOf = (column: Column) => (fits ? [column.head] : brokenHead(column));
  const shown = fits ? columns : thatFit(columns, (column) => columnWidth(column, linesOf(column)), width);
  const line = (textOf: (column: Column) => string) =>
    shown.map((column) => textOf(column).padStart(columnWidth(column, linesOf(column)))).join("  ");
  const height = Math.max(...shown.map((column) => linesOf(column).length));
  const lines = Array.from({ length: height }, (_, i) =>
    line((column) => linesOf(column).at(i - height) ?? "").trimEnd(),
  );
  for (const row of columns[0]?.cells.keys() ?? []) lines.push(line(({ cells }) => cells[row]!));
  const rest = columns.filter((column) => !shown.includes(column)).map(({ name }) => name);
  if (rest.length > 0) lines.push(wrap(`further columns, shown by --json: ${rest.join(", ")}`, { width }));
  return { text: lines.join("\n"), names: shown.map(({ name }) => name) };
}

/** In lines that make the column no wider than its cells and the longest word need. */
function brokenHead({ head, cells }: Column): string[] {
  const width = Math.max(...[...head.split(" "), ...cells].map((text) => text.length));
  return wrap(head, { width }).split("\n");
}

/** `sampleSize` as "sample size", `notANumber` as "not a number", `medianRelativeL2` as "median relative L2" */
function wordsOf(name: string): string {
  const words = name.split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
  return words.map((word) => (/^[A-Z]\d/.test(word) ? word : word.charAt(0).toLowerCase() + word.slice(1))).join(" ");
}

const columnWidth = ({ cells }: Column, head: readonly string[]) =>
  Math.max(...[...head, ...cells].map((text) => text.length));

const widthOf = (widths: readonly number[]) => widths.reduce((sum, w) => sum + w + 2, -2);

/** The first column, the first estimate if there is one, and the others from the left as far as there is room. */
function thatFit(columns: readonly Column[], widthAlone: (column: Column) => number, width: number): Column[] {
  const estimate = columns.find(({ isEstimate }) => isEstimate);
  const wanted = new Set([...columns.slice(0, 1), ...(estimate ? [estimate] : []), ...columns]);
  const chosen: Column[] = [];
  for (const column of wanted) {
    if (chosen.length > 0 && widthOf([...chosen, column].map(widthAlone)) > width) break;
    chosen.push(column);
  }
  return columns.filter((column) => chosen.includes(column));
}

function isItems(value: unknown): value is readonly Item[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

function isRecord(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An estimate with the bounds of its interval. */
function isInterval(value: unknown): value is Item {
  return isRecord(value) && "low" in value && "high" in value && Object.keys(value).length === 3;
}

/** Numbers that are not integers have three significant digits; an absent value is empty; "0.5 [0.15, 0.85]", "min 1, max 2". */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(3)));
  if (Array.isArray(value)) return `[${value.map(cell).join(", ")}]`;
  if (isInterval(value)) {
    const { low, high, ...estimate } = value;
    const [text] = Object.values(estimate).map(cell);
    return low === null ? text! : `${text} [${cell(low)}, ${cell(high)}]`;
  }
  if (!isRecord(value)) return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${wordsOf(key)} ${cell(part)}`)
    .join(", ");
}
