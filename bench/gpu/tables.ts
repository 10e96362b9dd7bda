/** Rows as tables in Markdown, with what they were measured on. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type FormatName, NonsmoothError } from "nonsmooth";
import { digits } from "../report";
import type { Spread } from "../statistics";
import type { Machine } from "./machine";
import type { Column, Part, Row, TimedRow } from "./types";

/** What the file of results holds. */
export interface Results {
  readonly machine: Machine;
  /** Formats of each engine that works there, and why the others do not. */
  readonly engines: Readonly<Record<string, readonly FormatName[] | string>>;
  /** By name; a part that is not there has not begun. */
  readonly parts: Record<string, Outcome>;
}

export interface Outcome {
  rows: Row[];
  /** Whether all of it was done. */
  finished: boolean;
  seconds: number;
  /** What ended it before its end. */
  error?: string;
}

const withRange = (found: Spread | undefined) => {
  if (!found) return "";
  const { median, low, high, n } = found;
  return n === 1 ? digits(median) : `${digits(median)} (${digits(low)} – ${digits(high)})`;
};

const ratioOf = ({ ratio, missing }: TimedRow) =>
  [...(ratio ? [`**${withRange(ratio)}**`] : []), ...(missing === undefined ? [] : [missing])].join("; ");

/** Of what is done so and so often in a second. */
export const TIMED: readonly Column<TimedRow>[] = [
  { head: "measured", cell: ({ what }) => what },
  { head: "engine", cell: ({ engine }) => engine },
  { head: "ours", cell: ({ ours, unit }) => (ours ? `${withRange(ours)} ${unit}` : "") },
  { head: "beside", cell: ({ peer }) => peer ?? "" },
  { head: "theirs", cell: ({ theirs, unit }) => (theirs ? `${withRange(theirs)} ${unit}` : "") },
  { head: "ours over theirs", cell: ratioOf },
];

const SOFTWARE = (engines: readonly string[]) =>
  `**A program on the CPU acted as the GPU of ${engines.join(" and ")} here, so these times are left out: what runs there is told, not how fast.**`;

/** The engine of a row, whose sides are called "onnx-webgpu", or "onnx-webgpu, R = 4". */
const engineOf = ({ engine }: Row) => engine.split(",")[0]!;
const onSoftware = ({ software }: Machine, row: Row) => software.includes(engineOf(row));
const isTimed = (row: Row & { readonly ours?: unknown; readonly ms?: unknown }) =>
  row.ours !== undefined || row.ms !== undefined;

/** A row without what is a matter of time. */
function untimed(row: Row): Row {
  if (!isTimed(row)) return row;
  const { ours, theirs, ratio, ms, ...rest } = row as Row &
    Partial<Record<"ours" | "theirs" | "ratio" | "ms", unknown>>;
  return { ...rest, missing: rest.missing ?? "it runs" };
}

/** Whether a GPU gave its numbers. */
function isOfGpu(machine: Machine, row: Row): boolean {
  const gpu = ["cuda", "onnx-webgpu"].includes(engineOf(row)) && !onSoftware(machine, row);
  return gpu && (isTimed(row) || row.missing === undefined);
}

/** All tables of a run. */
export function markdown({ machine, engines, parts }: Results, known: readonly Part[]): string {
  const sections = known.flatMap(({ name, title, columns }) => {
    const outcome = parts[name];
    if (!outcome) return [`${title}: not begun.`];
    const end = outcome.finished
      ? []
      : [`The part did not come to its end: ${inline(outcome.error ?? "it was stopped")}`];
    const rows = outcome.rows.map((row) => (onSoftware(machine, row) ? untimed(row) : row));
    return [`${title}.`, table(columns, rows), ...end];
  });
  const absent = Object.entries(engines).flatMap(([engine, found]) =>
    typeof found === "string" ? [`Not measured: ${engine}, because of "${inline(found)}".`] : [],
  );
  return [
    describe(machine),
    ...(machine.software.length > 0 ? [SOFTWARE(machine.software)] : []),
    ...absent,
    ...sections,
  ].join("\n\n");
}

function table(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ head }) => head),
    columns.map(() => "---"),
    ...rows.map((row) => columns.map(({ cell }) => inline(cell(row)))),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Of what a program said, what a cell of a table can hold. */
const inline = (text: string) => text.replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 300);

function describe(on: Machine): string {
  const torch = on.torch
    ? `PyTorch ${on.torch.torch} on ${on.torch.name}, CUDA ${on.torch.cuda ?? "none"}`
    : "no PyTorch";
  const adapter = on.adapter
    ? `${on.adapter.name} (${on.adapter.driver}, ${on.adapter.half ? "with" : "without"} f16)`
    : `no adapter: ${inline(on.noAdapter ?? "")}`;
  const cuda = on.cuda ?? `none: ${inline(on.noCuda ?? "")}`;
  const rounds = on.rounds === 1 ? "1 round" : `${on.rounds} alternating rounds: median (lowest – highest)`;
  return (
    `${on.date}, CUDA on ${cuda}; WebGPU on ${adapter}${on.nvidia ? `, ${on.nvidia}` : ""}; ${on.cpu}, ${on.cores} cores, ${on.platform}; ` +
    `Node ${on.node}, onnxruntime-node ${on.onnxruntime}, ${torch}; ${rounds}.`
  );
}

const BEGIN = "<!-- gpu:table -->";
const END = "<!-- /gpu:table -->";

/**
 * Puts the tables between the marks of a document; the file is written beside and renamed.
 * @throws NonsmoothError if the document is not there or lacks a mark, and for results that say nothing of a GPU's speed
 */
export function writeTables(path: string, results: Results, known: readonly Part[]): void {
  const { machine, parts } = results;
  const rows = Object.values(parts).flatMap((outcome) => outcome.rows);
  if (!rows.some((row) => isOfGpu(machine, row)))
    throw new NonsmoothError("--write", "must have results of a GPU", { got: [...new Set(rows.map(engineOf))] });
  if (machine.small) throw new NonsmoothError("--write", "must have results of full size", { got: "--small" });
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new NonsmoothError(path, `must hold ${BEGIN} and behind it ${END}`);
  const tables = markdown(results, known);
  writeWhole(path, `${text.slice(0, begin + BEGIN.length)}\n${tables}\n${text.slice(end)}`);
}

/** Never leaves a half of a file. */
export function writeWhole(path: string, text: string): void {
  const beside = `${path}.part`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}
