/** Runs examples, one after another in one process, whose working directory is an empty folder. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../src/util";
import { temporaryFolder } from "../notebook/support";
import type { Example } from "./public-names";

export interface Ran {
  readonly name: string;
  readonly printed: string;
  /** Empty if it did not fail. */
  readonly error: string;
}

export function run(examples: readonly Example[]): Ran[] {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true };
  const programs = examples.map(({ name, code }) => ({
    name,
    code: ts.transpileModule(code, { compilerOptions }).outputText,
  }));
  const folder = temporaryFolder();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(projectRoot, "test", "docstrings", "runner.js")],
    {
      cwd: folder,
      // what an example leaves in the system's temporary folder goes with this one
      env: { ...process.env, NONSMOOTH_OFFLINE: "1", TMPDIR: folder },
      input: JSON.stringify(programs),
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  if (status !== 0) throw new Error(`the examples' process ended with ${status}\n${stderr}`);
  return JSON.parse(stdout.split("\n").at(-1)!);
}

/** The lines that an example says it prints: after `console.log(…); // `, or in the comments on the lines after a `console.log(…);`. */
export function saidLines(code: string): string[] {
  const said: string[] = [];
  let prints = false;
  for (const line of code.split("\n")) {
    const comment: RegExpExecArray | null = prints ? /^\s*\/\/ (.*)$/.exec(line) : null;
    const call = /\bconsole\.log\(.*\);?(?: \/\/ (.*))?$/.exec(line);
    const words = comment?.[1] ?? call?.[1];
    if (words !== undefined) said.push(words);
    prints = call !== null || comment !== null;
  }
  return said;
}
