/** `nonsmooth bench`: compiles and starts the programs in bench/; see there for what they measure. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fail, isUnwritable, makeWritable, NonsmoothError, projectRoot } from "../util";
import { asUsage, EXIT, Exit } from "./exit";
import { untilInterrupted } from "./interrupt";

export interface BenchOptions {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly write?: boolean;
  readonly data?: string;
}

export async function bench(names: readonly string[], options: BenchOptions): Promise<void> {
  const folder = join(projectRoot, "bench");
  const compiler = asUsage(() => findCompiler(folder));
  const compiles = asUsage(() => tryFolders(folder, options));
  const flags = (["quick", "json", "write"] as const).filter((flag) => options[flag]).map((flag) => `--${flag}`);
  const data = options.data === undefined ? [] : ["--data", resolve(options.data)];
  await untilInterrupted(async (signal) => {
    // standard output is for results
    if (compiles) await node([compiler, "-p", folder], signal, process.stderr);
    await node([join(folder, "out", "index.js"), ...names, ...flags, ...data], signal, process.stdout);
  });
}

/** The benchmarks are part of the checkout, not of the installed package, and are compiled with its compiler. */
function findCompiler(folder: string): string {
  if (!existsSync(folder)) fail("bench", "must be run in a checkout of the project", `no ${folder}`);
  try {
    return createRequire(join(projectRoot, "package.json")).resolve("typescript/bin/tsc");
  } catch {
    return fail("bench", "needs the development packages", "no typescript", "npm ci");
  }
}

/**
 * Whether the programs can be compiled.
 * @throws NonsmoothError if they cannot and have not been, and if the documents cannot be written
 */
function tryFolders(folder: string, { write }: BenchOptions): boolean {
  if (write)
    for (const place of [folder, projectRoot])
      makeWritable("--write", place, "leave it out: the table is printed, too");
  const out = join(folder, "out");
  try {
    makeWritable(
      "bench",
      out,
      "npm run build:bench compiles it, where the project can be written; then it runs here, too",
    );
    return true;
  } catch (error) {
    if (!(error instanceof NonsmoothError && isUnwritable(error.cause)) || !existsSync(join(out, "index.js")))
      throw error;
    return false;
  }
}

/** Runs a program under this Node to its end. @throws Exit with its code if that is not 0; the signal's reason */
async function node(words: readonly string[], signal: AbortSignal, output: NodeJS.WriteStream): Promise<void> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", output, "inherit"] });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? EXIT.failed));
  });
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (code !== EXIT.done) throw new Exit(code);
}
