/**
 * Notebook files: https://nbformat.readthedocs.io/en/stable/format_description.html, version 4.5. The bytes depend only on the
 * content: sorted keys, one-space indent and a newline at the end, as Python's nbformat writes them; no time stamps, and nothing
 * that is only for the screen (volatile outputs, live forms of figures, further rows of tables).
 */
import { readFileSync, statSync } from "node:fs";
import { fail, NonsmoothError, writeAtomically } from "../util";
import { languageInfo } from "./language";
import { withoutLive } from "./live";
import { kernelName } from "./paths";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Metadata = Readonly<Record<string, Json>>;

export interface StreamOutput {
  readonly output_type: "stream";
  readonly name: string;
  readonly text: string;
}

export interface DisplayOutput {
  readonly output_type: "display_data" | "execute_result";
  readonly data: Readonly<Record<string, Json>>;
  readonly metadata: Metadata;
  readonly execution_count?: number | null;
}

export interface ErrorOutput {
  readonly output_type: "error";
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput;

export interface Cell {
  readonly cell_type: string;
  readonly id: string;
  readonly metadata: Metadata;
  readonly source: string;
  /** Only in code cells, like `execution_count`. */
  outputs?: readonly Output[];
  execution_count?: number | null;
  readonly attachments?: Json;
}

export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: Metadata;
}

/** A cell as a file has it: older formats have no ids, and a source may be a list of lines. */
interface StoredCell extends Omit<Cell, "id" | "metadata" | "source"> {
  readonly id?: string;
  readonly metadata?: Metadata;
  readonly source: string | readonly string[];
}

/** What a notebook's file holds. */
export interface StoredNotebook {
  readonly cells: readonly StoredCell[];
  readonly metadata?: Metadata;
}

/**
 * Reads a notebook; the outputs of its code cells are dropped, since they are about to be made again.
 * @throws if the file is missing, not JSON, or not a notebook of format 4.
 */
export function readNotebook(file: string): Notebook {
  const raw = storedNotebook(file);
  const taken = new Set(raw.cells.map((cell) => cell.id));
  const cells = raw.cells.map((cell, index): Cell => {
    const kept = {
      ...cell,
      id: cell.id ?? freeId(index + 1, taken),
      metadata: cell.metadata ?? {},
      source: typeof cell.source === "string" ? cell.source : cell.source.join(""),
    };
    return cell.cell_type === "code" ? { ...kept, outputs: [], execution_count: null } : kept;
  });
  return { cells, metadata: raw.metadata ?? {} };
}

/** The notebook in a file, as it is there. @throws like `readNotebook` */
export function storedNotebook(file: string): StoredNotebook {
  const raw = parse(file);
  if (!isObject(raw)) fail(file, "must be a notebook, an object in JSON", raw);
  const { nbformat, cells, metadata } = raw;
  if (nbformat !== 4) fail(file, "must be a notebook of format 4", nbformat);
  if (!Array.isArray(cells)) fail(file, "must have a list of cells", cells);
  for (const [index, cell] of cells.entries()) checkCell(`${file}, cell ${index + 1}`, cell);
  if (metadata !== undefined && !isObject(metadata)) fail(`${file}, metadata`, OBJECT, metadata);
  return raw as unknown as StoredNotebook;
}

const OBJECT = "must be an object";

/** What the reader, the runner and the writer rely on. Outputs are not read. */
function checkCell(what: string, cell: unknown): void {
  if (!isObject(cell)) fail(what, OBJECT, cell);
  const { cell_type, source, id, metadata, outputs } = cell;
  if (!CELL_TYPES.includes(cell_type)) fail(`${what}, cell_type`, `must be one of ${CELL_TYPES.join(", ")}`, cell_type);
  if (!isText(source)) fail(`${what}, source`, "must be text, or a list of lines", source);
  if (id !== undefined && typeof id !== "string") fail(`${what}, id`, "must be text", id);
  if (metadata !== undefined && !isObject(metadata)) fail(`${what}, metadata`, OBJECT, metadata);
  if (outputs !== undefined && !Array.isArray(outputs)) fail(`${what}, outputs`, "must be a list", outputs);
}

const CELL_TYPES: readonly unknown[] = ["code", "markdown", "raw"];

const isText = (value: unknown): boolean =>
  typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws NonsmoothError also for what is no regular file: a pipe would never end */
function parse(file: string): unknown {
  try {
    if (!statSync(file).isFile()) throw new Error("no regular file");
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const rule = cause instanceof SyntaxError ? "must be JSON" : "must be readable";
    throw new NonsmoothError(file, rule, { got: (cause as Error).message, cause });
  }
}

/** An id for a cell of an older file; the same every time. */
function freeId(number: number, taken: Set<string | undefined>): string {
  let id = `cell-${number}`;
  while (taken.has(id)) id += "-";
  taken.add(id);
  return id;
}

/** Writes a notebook next to the file first, and then renames it. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeAtomically(file, notebookText(notebook));
}

/** The bytes of a notebook file. */
export function notebookText(notebook: Notebook): string {
  const { widgets: _, ...metadata } = notebook.metadata;
  const stored = {
    cells: notebook.cells.map(storedCell),
    metadata: {
      ...metadata,
      kernelspec: { display_name: "nonsmooth (TypeScript)", language: "typescript", name: kernelName },
      language_info: { ...languageInfo() },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(sorted(stored), null, 1)}\n`;
}

function storedCell(cell: Cell): object {
  const { execution: _time, ExecuteTime: _older, ...metadata } = cell.metadata;
  const stored = { ...cell, metadata, source: lines(cell.source) };
  return cell.outputs
    ? { ...stored, outputs: cell.outputs.filter((output) => !isVolatile(output)).map(storedOutput) }
    : stored;
}

const isVolatile = (output: Output): boolean => isMarked(output, "volatile");

function isMarked(output: Output, name: "volatile" | "live"): boolean {
  if (!("metadata" in output)) return false;
  const mark = output.metadata.nonsmooth as Metadata | undefined;
  return mark?.[name] === true;
}

function storedOutput(output: Output): object {
  if (output.output_type === "stream") return { ...output, text: lines(output.text) };
  if (output.output_type === "error") return output;
  const { nonsmooth: mark, ...others } = output.metadata;
  const live = isMarked(output, "live");
  const data = Object.entries(live ? withoutLive(output.data) : output.data).map(([type, value]) => [
    type,
    typeof value === "string" && isTextType(type) ? lines(value) : value,
  ]);
  const metadata = live || mark === undefined ? others : output.metadata;
  return { ...output, data: Object.fromEntries(data), metadata };
}

/** The types that nbformat stores as lists of lines. */
function isTextType(type: string): boolean {
  return type.startsWith("text/") || type === "image/svg+xml" || type === "application/javascript";
}

function lines(value: string): string[] {
  return value.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
