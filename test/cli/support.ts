/** The built program as its users start it: a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { compiledModule } from "../../src/util";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** 48 short runs, 2 widths × 3 precisions × 8, some of which bifurcate. */
export const SMALL = [
  ...[
    "dataset=glyphs",
    "widths=32,256",
    "precisions=16,32,64",
    "depths=2",
    "batchSizes=128",
    "sampleSizes=2048",
    "runs=8",
  ],
].flatMap((setting) => ["--set", setting]);
export const SMALL_ROWS = 48;

/**
 * Starts `nonsmooth` with some words; without data of its own, and without a network.
 * @param root another checkout, to be in
 * @param options.detached whether it leads a process group of its own
 * @param options.cwd the working directory
 */
export function start(
  words: readonly string[],
  env: Record<string, string> = {},
  root?: string,
  options: { readonly detached?: boolean; readonly cwd?: string } = {},
): ChildProcess {
  const program = root === undefined ? compiledModule("cli/main") : join(root, "dist", "cli", "main.js");
  const {
    NONSMOOTH_DATA: _data,
    NONSMOOTH_RUNS: _runs,
    NONSMOOTH_DEBUG: _debug,
    NONSMOOTH_IN_PLACE: _place,
    ...inherited
  } = process.env;
  return spawn(process.execPath, [program, ...words], {
    cwd: root,
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, NONSMOOTH_OFFLINE: "1", ...env },
  });
}

export function ended(child: ChildProcess): Promise<Outcome> {
  const text = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => {
    text.out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text.err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...text })));
}

export const nonsmooth = (words: readonly string[], env?: Record<string, string>, root?: string) =>
  ended(start(words, env, root));

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The folder of an experiment's only run below a folder of runs; undefined while there is none. */
export function onlyRun(runs: string, experiment = "bifurcation-frequency"): string | undefined {
  const folder = join(runs, experiment);
  const [run] = existsSync(folder) ? readdirSync(folder) : [];
  return run && join(folder, run);
}

/** rows.jsonl of the only run. */
export function rowsOf(runs: string, experiment?: string): string {
  const run = onlyRun(runs, experiment);
  const file = run === undefined ? "" : join(run, "rows.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export const countRows = (runs: string, experiment?: string) => rowsOf(runs, experiment).split("\n").length - 1;

/** Waits for a condition; false if it did not come true in time. */
export async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}
