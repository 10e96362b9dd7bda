/** What a cell that fails says: what is wrong, and where in the cell, in as few lines as that takes. */
import { relative } from "node:path";
import { inspect } from "node:util";
import type { Diagnostic } from "tslab/dist/converter";
import { isInterrupted, type Work } from "../../util";

/** The content of Jupyter's message `error`. */
export interface Report {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** What TypeScript has against a cell, each with the line and a mark below its place. */
export function diagnosticsReport(source: string, diagnostics: readonly PlacedMessage[]): Report {
  const lines = source.split("\n");
  const text = grouped(diagnostics).map(([{ file, line, character }, messages]) => {
    const place = `${file ? `${file}, ` : ""}line ${line}, column ${character}`;
    const cited = file ? undefined : lines[line - 1];
    const [first = "", ...further] = messages;
    return [
      `${place}: ${first}`,
      ...further.map((message) => `  ${message}`),
      ...(cited === undefined ? [] : [`    ${cited}`, `    ${" ".repeat(character - 1)}^`]),
    ].join("\n");
  });
  return { ename: "TypeScriptError", evalue: diagnostics[0]?.message ?? "", traceback: text };
}

/** A message of the compiler; line and character from 1. */
export interface PlacedMessage {
  readonly file: string;
  readonly line: number;
  readonly character: number;
  readonly message: Diagnostic["messageText"];
}

/** Messages of one place belong together: the later ones explain the first. */
function grouped(diagnostics: readonly PlacedMessage[]): [PlacedMessage, string[]][] {
  const groups: [PlacedMessage, string[]][] = [];
  for (const diagnostic of diagnostics) {
    const { file, line, character, message } = diagnostic;
    const last = groups.at(-1);
    const isSame = last?.[0].file === file && last[0].line === line && last[0].character === character;
    if (last && isSame) last[1].push(message);
    else groups.push([diagnostic, [message]]);
  }
  return groups;
}

/**
 * What was thrown. An error of the library is its line and its hint; any other keeps the calls that are not Node's or tslab's.
 * Never throws, whatever it is given: a cell without a report would have no end.
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

/** The innermost calls below the cell's own code, with paths from the working directory. */
function calls({ stack = "" }: Error): string[] {
  const lines = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const cell = lines.findIndex((line) => line.includes("evalmachine"));
  const shown = lines
    .slice(0, cell < 0 ? undefined : cell)
    .filter((line) => !/node:|[\\/]tslab[\\/]|util[\\/]interruption/.test(line));
  return shown
    .slice(0, CALLS)
    .map((line) => line.replace(/(?<=\(|at )\/[^():]+/, (path) => relative(process.cwd(), path)));
}

/** @param seen errors that are told already: a chain of causes may be a circle */
function causes(error: Error, seen: readonly unknown[] = [error]): string[] {
  const { cause } = error;
  if (cause === undefined || seen.includes(cause)) return [];
  if (!(cause instanceof Error)) return [`caused by ${inspect(cause)}`];
  return [`caused by ${cause.name}: ${cause.message}`, ...causes(cause, [...seen, cause])];
}

/** One line on an interrupted cell: how far it was, and whether it goes on when it is run again. */
export function interruptionReport(
  { reached, resumes }: Pick<Work, "reached" | "resumes">,
  stillRuns: boolean,
): Report {
  const at = reached === undefined ? "" : ` at ${Math.floor(100 * reached)} %`;
  const again = resumes ? ", run again to go on" : "";
  const rest = stillRuns ? "; some of it still runs and is not shown" : "";
  const evalue = `interrupted${at}${again}${rest}`;
  return { ename: "Interrupted", evalue, traceback: [evalue] };
}

/** Whether what was thrown is due to an interrupt: ours, an aborted signal's, node:vm's, or tslab's own. */
export function isInterruption(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, message, code } = thrown as NodeJS.ErrnoException;
    return (
      isInterrupted(thrown) ||
      name === "AbortError" ||
      code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" ||
      message === "Interrupted asynchronously"
    );
  } catch {
    return false; // an error that does not let itself be read is none of these
  }
}
