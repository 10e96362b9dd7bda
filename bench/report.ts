/** Lines as a table in Markdown, and the table in its place in a document. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { NonsmoothError } from "nonsmooth";
import type { Machine } from "./machine";
import type { Spread } from "./statistics";
import type { Breakdown, Line } from "./types";

const BEGIN = "<!-- bench:table -->";
const END = "<!-- /bench:table -->";

/** Above this load something else ran besides. */
const BUSY = 0.5;
const DISTURBED =
  "Other programs ran at the same time. They slow programs whose threads wait for each other (PyTorch's and ours on all cores) more " +
  "than processes of one thread, so these numbers are not reliable.";

/** The table with what it was measured on. Ratios come first; what they are ratios of comes last. */
export function markdown(lines: readonly Line[], on: Machine): string {
  const rows = [
    ["", "measured", "beside", "times as fast", "goal", "ours", "theirs"],
    ["---", "---", "---", "---:", "---:", "---:", "---:"],
    ...lines.map((line, i) => [
      line.benchmark === lines[i - 1]?.benchmark ? "" : line.benchmark,
      line.what,
      line.against ?? "",
      line.ratio ? `**${digits(line.ratio.median)}** ${range(line.ratio)}`.trim() : (line.missing ?? ""),
      aim(line),
      absolute(line.ours, line),
      absolute(line.theirs, line),
    ]),
  ];
  const notes = on.load > BUSY ? [describe(on), "", DISTURBED] : [describe(on)];
  return [...notes, "", ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

/** Percentages as a table with its title: medians. */
export function breakdownMarkdown({ title, columns, rows }: Breakdown): string {
  const cell = (spread: Spread | undefined) => (spread ? spread.median.toFixed(1) : "");
  const lines = [
    columns,
    columns.map((_, i) => (i === 0 ? "---" : "---:")),
    ...rows.map(({ name, percent }) => [name, ...percent.map(cell)]),
  ];
  return [title, "", ...lines.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}

function describe(on: Machine): string {
  const torch = on.torch ? `PyTorch ${on.torch} with ${on.blas}` : "no PyTorch";
  const versions = `Node ${on.node}, onnxruntime-node ${on.onnxruntime}, ${torch}, TensorFlow.js ${on.tfjs}`;
  const repeated = on.rounds === 1 ? "1 round" : `${on.rounds} alternating rounds: median (lowest – highest)`;
  return `${on.date}, ${on.cpu}, ${on.cores} cores, ${on.platform}, load ${on.load} before the start; ${versions}; ${repeated}.`;
}

/** The goal, marked where the median misses it. */
function aim({ goal, limit, unit, ratio, ours }: Line): string {
  if (limit !== undefined) return marked(`< ${limit} ${unit}`, ours !== undefined && ours.median >= limit);
  return goal === undefined ? "" : marked(`≥ ${digits(goal)}`, ratio !== undefined && ratio.median < goal);
}

const marked = (goal: string, missed: boolean) => (missed ? `missed: ${goal}` : goal);

function absolute(spread: Spread | undefined, { unit }: Line): string {
  return spread ? `${digits(spread.median)} ${unit} ${range(spread)}`.trim() : "";
}

const range = ({ low, high, n }: Spread) => (n === 1 ? "" : `(${digits(low)} – ${digits(high)})`);

/** Three digits, without an exponent. */
export function digits(x: number): string {
  if (Math.abs(x) >= 100) return String(Math.round(x));
  return String(Number(x.toPrecision(3)));
}

/**
 * Puts the table between the marks of a document; the file is written beside and renamed.
 * @returns false where there is no such document, or no marks in it
 * @throws NonsmoothError if one of the marks has no partner
 */
export function writeTable(path: string, table: string): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 && end < 0) return false;
  if (begin < 0 || end < begin) {
    const marks = `${begin < 0 ? "no" : "a"} ${BEGIN}, ${end < 0 ? "no" : "a"} ${END}`;
    throw new NonsmoothError(path, `must hold ${BEGIN} and after it ${END}`, { got: marks });
  }
  const beside = `${path}.part`;
  writeFileSync(beside, `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`);
  renameSync(beside, path);
  return true;
}
