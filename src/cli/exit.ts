/** Exit codes, and how an error becomes one. */
import type { Command } from "commander";
import { NonsmoothError, visible, wrapLine } from "../util";

export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Ends the program with a code; the message is that of the cause, if there is one. */
export class Exit extends Error {
  override readonly name = "Exit";

  constructor(
    readonly code: number,
    override readonly cause?: unknown,
  ) {
    super(cause instanceof Error ? cause.message : "");
  }
}

/** Runs what can only fail because of a wrong command line, or a full disk: a complaint about the former ends the program with code 2. */
export function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof NonsmoothError && error.code !== "disk-full" ? new Exit(EXIT.usage, error) : error;
  }
}

/** Writes an error to standard error: its message alone, or with NONSMOOTH_DEBUG=1 its stack. */
export function tell(error: unknown): void {
  const told = error instanceof Exit ? error.cause : error;
  if (told === undefined) return;
  const { message, stack } = told instanceof Error ? told : new Error(String(told));
  note(process.env.NONSMOOTH_DEBUG === "1" ? (stack ?? message) : message);
}

/** Lines for the person, on standard error; control characters, from a file perhaps, as text. */
export function note(text: string): void {
  process.stderr.write(
    `${visible(text)
      .split("\n")
      .map((line) => toWidth(line, process.stderr))
      .join("\n")}\n`,
  );
}

/** A line for a terminal, broken at its width; a hint stays whole, since it may be a command to copy. */
export function toWidth(line: string, stream: NodeJS.WriteStream = process.stdout): string {
  return line.trimStart().startsWith("Hint: ") ? line : wrapLine(line, 0, stream);
}

/** A line of the result, on standard output; control characters as text, in which form JSON has them, too. */
export function print(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

/** One line of JSON; NaN and infinities are written as text, as in rows.jsonl. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, (_, x) => (typeof x === "number" && !Number.isFinite(x) ? String(x) : x)));
}

/** "1 notebook", "2 notebooks" */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Adds examples, a line each, to a command's help. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}
