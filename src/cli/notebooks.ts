/** `nonsmooth notebooks`: executes notebooks without Jupyter and Python. */
import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { presetNames } from "../experiments";
import { runNotebook } from "../notebook";
import { fail, formatDuration, NonsmoothError } from "../util";
import { asUsage, EXIT, Exit, examples, note, plural, print } from "./exit";
import { untilInterrupted } from "./interrupt";
import { presetOption, wholeNumber } from "./launch";
import { findNotebook, notebookFiles, notebookName } from "./notebook-files";
import { estimate, rememberSeconds } from "./notebook-times";

interface Options {
  readonly preset?: string;
  readonly out?: string;
  readonly data?: string;
  readonly timeout?: number;
}

/** How often a cell that takes long says that it is alive, in milliseconds. */
const HEARTBEAT = 15_000;

/** What becomes of an execution that is interrupted: runs are in data/runs, row by row. */
const AGAIN = "Interrupted, run again: what runs have done is kept";

export function define(command: Command): void {
  command
    .description("Executes notebooks in order, each in a fresh kernel, and writes them back with their outputs.")
    .argument("[name...]", "`02`, `02-bifurcation-frequency` or a file; default: all of notebooks/")
    .addOption(presetOption())
    .option("--out <dir>", "write the executed notebooks there, not over the originals")
    .option("--data <dir>", "where datasets are looked for first")
    .option("--timeout <seconds>", "for one cell; 0, like leaving it out, sets no limit", wholeNumber("--timeout"))
    .action(notebooks);
  examples(command, [
    "npx nonsmooth notebooks --preset smoke --out /tmp/executed",
    "npx nonsmooth notebooks 02 --preset laptop",
    "npx nonsmooth notebooks notebooks/01-kinks.ipynb --timeout 600",
  ]);
}

async function notebooks(words: readonly string[], options: Options): Promise<void> {
  const files = asUsage(() => chosenFiles(words, options.preset));
  note(plan(files, options));
  const failures = await untilInterrupted((signal) => executeAll(files, options, signal));
  if (failures.length === 0) return;
  throw new Exit(
    EXIT.failed,
    new Error(`${failures.length} of ${plural(files.length, "notebook")} failed\n${failures.join("\n")}`),
  );
}

/** Executes notebooks in turn; what went wrong in those that failed. */
async function executeAll(files: readonly string[], options: Options, signal: AbortSignal): Promise<string[]> {
  const failed: string[] = [];
  for (const [i, file] of files.entries()) {
    note(`${notebookName(file)}: ${i + 1} of ${files.length}`);
    const failure = await executeOne(file, options, signal).finally(() => {
      if (signal.aborted) note(`finished before: ${files.slice(0, i).map(notebookName).join(", ") || "none"}`);
    });
    signal.throwIfAborted();
    if (failure !== undefined) failed.push(failure);
    const left = files.slice(i + 1);
    if (left.length > 0) note(`${plural(left.length, "notebook")} left, ${duration(left, options.preset)}`);
  }
  return failed;
}

function chosenFiles(words: readonly string[], preset: string | undefined): string[] {
  if (preset !== undefined && !(presetNames as readonly string[]).includes(preset)) {
    fail("preset", `must be one of ${presetNames.join(", ")}`, preset);
  }
  const files = words.length > 0 ? words.map((word) => findNotebook(word)) : notebookFiles();
  if (files.length === 0) fail("notebooks", "must be in notebooks/, named NN-name.ipynb", "none");
  return files;
}

function plan(files: readonly string[], { preset, out }: Options): string {
  const lines = files.map((file) => {
    const expected = estimate(notebookName(file), preset);
    if (expected === undefined) return `  ${notebookName(file)}`;
    const words = expected.source === "last time" ? ["took", "last time"] : ["about", "if nothing of it is done"];
    return `  ${notebookName(file)}: ${words[0]} ${formatDuration(expected.seconds)} ${words[1]}`;
  });
  const where = out === undefined ? "in place" : `into ${resolve(out)}`;
  const head = `executing ${plural(files.length, "notebook")} ${where}${preset ? `, preset ${preset}` : ""}`;
  return [head, ...lines, ...(files.length > 1 ? [`in all ${duration(files, preset)}. ${AGAIN}`] : [])].join("\n");
}

/** "about 12 min", and how many notebooks that is without. */
function duration(files: readonly string[], preset: string | undefined): string {
  const known = files.flatMap((file) => estimate(notebookName(file), preset)?.seconds ?? []);
  const unknown = files.length - known.length;
  if (known.length === 0) return "time unknown";
  const total = formatDuration(known.reduce((sum, seconds) => sum + seconds, 0));
  return `about ${total}${unknown > 0 ? `, without ${unknown} not executed here before` : ""}`;
}

/** Executes one notebook; what went wrong, or undefined. */
async function executeOne(file: string, options: Options, signal: AbortSignal): Promise<string | undefined> {
  const { preset, timeout } = options;
  // a kernel runs in the notebook's folder, where a relative path would mean another place
  const data = options.data ?? process.env.NONSMOOTH_DATA;
  const name = notebookName(file);
  const alive = heartbeat(name);
  try {
    const { ok, cells, seconds, failure } = await runNotebook(file, {
      out: options.out === undefined ? undefined : outFile(options.out, file),
      timeout: timeout === 0 ? undefined : timeout,
      signal,
      log: alive.log,
      env: {
        ...(preset !== undefined && { NONSMOOTH_PRESET: preset }),
        ...(data && { NONSMOOTH_DATA: resolve(data) }),
      },
    });
    if (!ok) return failure!.message;
    if (notebookFiles().includes(resolve(file))) rememberSeconds(name, preset, seconds);
    print(`${name}: ${plural(cells, "cell")}, ${formatDuration(seconds)}`);
    return undefined;
  } catch (error) {
    if (error instanceof NonsmoothError) return error.message; // no notebook: the others are still executed
    throw error;
  } finally {
    alive.stop();
  }
}

function outFile(folder: string, file: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, basename(file));
}

/** Passes the lines of finished cells on, and between them says from time to time that a cell is still running. */
function heartbeat(name: string): { log(line: string): void; stop(): void } {
  let since = performance.now();
  const beat = () => note(`${name}: a cell has been running for ${formatDuration((performance.now() - since) / 1000)}`);
  const timer = setInterval(beat, HEARTBEAT);
  return {
    log(line) {
      since = performance.now();
      note(`${name}, ${line}`);
    },
    stop: () => clearInterval(timer),
  };
}
