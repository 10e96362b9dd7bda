/** What a process has done, for the program that started it: a line of JSON each in the file that NONSMOOTH_JOURNAL names. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { notWritten, refuseCommitted } from "../util";

/** The variable that names the file. */
export const JOURNAL = "NONSMOOTH_JOURNAL";

export type JournalEntry =
  /** A run was finished, or was found finished. */
  | { readonly kind: "run"; readonly preset?: string; readonly datasets: readonly string[]; readonly rows: number }
  /** Files were written, for good. */
  | { readonly kind: "files"; readonly files: readonly string[] };

/** Adds an entry; does nothing where nobody asked for a journal. */
export function writeJournal(entry: JournalEntry): void {
  const file = process.env[JOURNAL];
  if (!file) return;
  refuseCommitted(JOURNAL, file);
  try {
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw notWritten(file, error);
  }
}

/** The entries of a journal, in order; none where nothing was done. */
export function readJournal(file: string): JournalEntry[] {
  if (!existsSync(file)) return [];
  // a process that was killed may have left half a line
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalEntry);
}
