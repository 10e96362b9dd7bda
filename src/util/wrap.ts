/** Text for a terminal, wrapped at its width. */

/** The terminal's width in characters; undefined where there is no terminal, or one that does not know its width and says 0. */
export const terminalWidth = ({ columns }: { readonly columns?: number } = process.stdout): number | undefined =>
  columns || undefined;

/** The terminal's width in characters, at most 100: longer lines are hard to read. */
export function textWidth(stream: { readonly columns?: number } = process.stdout): number {
  const named = Number(process.env.COLUMNS);
  return Math.min(100, terminalWidth(stream) ?? (named > 0 ? named : 80));
}

/** Paragraphs (lines of the text) broken between words, each line indented by `indent` spaces. */
export function wrap(text: string, { width = textWidth(), indent = 0 } = {}): string {
  const before = " ".repeat(indent);
  return text
    .split("\n")
    .flatMap((paragraph) => broken(paragraph, width - indent))
    .map((line) => before + line)
    .join("\n");
}

/** A line of a list, indented by `indent` spaces: on a terminal wrapped at its width, with more indentation after the first line; otherwise whole. */
export function wrapLine(line: string, indent = 0, stream: { readonly columns?: number } = process.stdout): string {
  const text = line.trimStart();
  const before = " ".repeat(indent + line.length - text.length);
  const width = terminalWidth(stream);
  if (width === undefined) return before + text;
  const [first = "", ...rest] = broken(text, width - before.length - HANGING);
  return [first, ...rest.map((more) => " ".repeat(HANGING) + more)].map((part) => before + part).join("\n");
}

/** Additional indentation of a list's wrapped lines. */
const HANGING = 4;

function broken(paragraph: string, width: number): string[] {
  const done: string[] = [];
  let line = "";
  for (const word of paragraph.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > width && line !== "") {
      done.push(line);
      line = word;
    } else line = longer;
  }
  return [...done, line];
}

/** A table with columns aligned to the right. */
export function alignedTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const text = (row: readonly string[]) => row.map((cell, i) => cell.padStart(widths[i]!)).join("  ");
  return [header, ...rows].map((row) => `  ${text(row)}`).join("\n");
}

/** Text in which nothing moves the cursor, changes colours or turns the direction: such characters are written as \\u001b. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Control characters but tab and line feed, and those that turn the direction of text. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
