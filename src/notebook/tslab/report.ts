/** The report of a cell that fails: what is wrong, and where in the cell, in as few lines as possible. */
import { relative } from "node:path";
import { inspect } from "node:util";
import type { Diagnostic } from "tslab/dist/converter";
import { isInterrupted, type Work } from "../../util";
import { cellFile } from "./executor";

/** The content of Jupyter's message `error`. */
export interface Report {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** What TypeScript rejects in a cell; each complaint has the line and a mark below the place. */
export function diagnosticsReport(source: string, diagnostics: readonly Diagnostic[]): Report {
  const lines = source.split("\n");
  const text = grouped(diagnostics).map(([{ fileName, start }, messages]) => {
    const place = `${fileName ? `${fileName}, ` : ""}line ${start.line + 1}, column ${start.character + 1}`;
    const cited = fileName ? undefined : lines[start.line];
    const [first = "", ...further] = messages;
    return [
      `${place}: ${first}`,
      ...further.map((message) => `  ${message}`),
      ...(cited === undefined ? [] : [`    ${cited}`, `    ${" ".repeat(start.character)}^`]),
    ].join("\n");
  });
  return { ename: "TypeScriptError", evalue: diagnostics[0]?.messageText ?? "", traceback: text };
}

/** Messages about the same place belong together: the later ones explain the first. */
function grouped(diagnostics: readonly Diagnostic[]): [Diagnostic, string[]][] {
  const groups: [Diagnostic, string[]][] = [];
  for (const diagnostic of diagnostics) {
    const last = groups.at(-1);
    if (last && isSamePlace(last[0], diagnostic)) last[1].push(diagnostic.messageText);
    else groups.push([diagnostic, [diagnostic.messageText]]);
  }
  return groups;
}

const isSamePlace = (a: Diagnostic, b: Diagnostic): boolean =>
  a.fileName === b.fileName && a.start.line === b.start.line && a.start.character === b.start.character;

/**
 * The report of a thrown value. An error of the library is shown as its line and its hint; any other error keeps the calls that are
 * not Node's or tslab's. Never throws, whatever it is given: a cell without a report would never end.
 */
export function errorReport(thrown: unknown): Report {
  try {
    return describe(thrown);
  } catch {
    const text = "something that cannot be shown";
    return { ename: "thrown", evalue: text, traceback: [`thrown: ${text}`] };
  }
}

function describe(thrown: unknown): Report {
  if (!(thrown instanceof Error)) {
    const text = typeof thrown === "string" ? thrown : inspect(thrown);
    return { ename: "thrown", evalue: text, traceback: [`thrown: ${text}`] };
  }
  const [name, message] = [`${thrown.name}`, `${thrown.message}`];
  if (name === "NonsmoothError") return { ename: name, evalue: message, traceback: [message] };
  return {
    ename: name,
    evalue: message,
    traceback: [[`${name}: ${message}`, ...calls(thrown), ...causes(thrown)].join("\n")],
  };
}

const CALLS = 6;
/** How many of the errors in an `AggregateError` are shown. */
const GATHERED = 10;
/** Whether a call was not made by the cell's author: Node's, the kernel's, and the compiled cell itself, whose lines are not the cell's. */
const isOfKernel = (line: string) =>
  line.includes(cellFile) || /node:|[\\/]tslab[\\/]|util[\\/]interruption/.test(line);

/** A text that contains stacks, without the calls of the kernel. */
export function withoutKernelCalls(text: string): string {
  return text.replace(/\n +at .*?(?= \{$|$)/gm, (call) => (isOfKernel(call) ? "" : call));
}

/** The innermost calls made from the cell's own code, with paths relative to the working directory. */
function calls({ stack = "" }: Error): string[] {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const cell = lines.findIndex((line) => line.includes(cellFile));
  const shown = lines.slice(0, cell < 0 ? undefined : cell).filter((line) => !isOfKernel(line));
  return shown
    .slice(0, CALLS)
    .map((line) => line.replace(/(?<=\(|at )\/[^():]+/, (path) => relative(process.cwd(), path)));
}

/** The errors that caused an error, or that it contains. @param seen errors already shown: a chain may be circular */
function causes(error: Error, seen: readonly unknown[] = [error]): string[] {
  const gathered: unknown[] = error instanceof AggregateError ? error.errors : [];
  const told = [
    ...("cause" in error && error.cause !== undefined ? [["caused by", error.cause] as const] : []),
    ...gathered.slice(0, GATHERED).map((inner) => ["contains", inner] as const),
  ].filter(([, inner]) => !seen.includes(inner));
  const lines = told.flatMap(([word, inner]) =>
    inner instanceof Error
      ? [`${word} ${inner.name}: ${inner.message}`, ...causes(inner, [...seen, inner])]
      : [`${word} ${inspect(inner)}`],
  );
  const more = gathered.length - GATHERED;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
}

/** One line about an interrupted cell: how far it got, and whether it continues when it is run again. */
export function interruptionReport(
  { reached, resumes }: Pick<Work, "reached" | "resumes">,
  stillRuns: boolean,
): Report {
  const at = reached === undefined ? "" : ` at ${Math.floor(100 * reached)} %`;
  const again = resumes ? ", run again to continue" : "";
  const rest = stillRuns ? "; some of it still runs and is not shown" : "";
  const evalue = `interrupted${at}${again}${rest}`;
  return { ename: "Interrupted", evalue, traceback: [evalue] };
}

/** Whether a thrown value comes from an interrupt: ours, that of an aborted signal, or that of node:vm. */
export function isInterruption(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, code } = thrown as NodeJS.ErrnoException;
    return isInterrupted(thrown) || name === "AbortError" || code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
  } catch {
    return false; // an error that cannot be read is none of these
  }
}
