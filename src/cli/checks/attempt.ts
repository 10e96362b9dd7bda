/** Tries an engine, in this process or in a separate one. */
import { fork } from "node:child_process";
import type { FormatName } from "../../formats";
import { compiledModule, NonsmoothError } from "../../util";
import { type Trial, tryEngine } from "./step";

/** What came of it. */
export type Answer = { readonly trials: readonly Trial[] } | { readonly error: string; readonly hint?: string };

const PATIENCE_SECONDS = 120;

export const tryHere = (id: string, format: FormatName): Promise<Answer> =>
  tryEngine(id, format).then(
    (trials) => ({ trials }),
    (error: Error) =>
      error instanceof NonsmoothError
        ? { error: `${error.what}: ${error.detail}`, hint: error.hint }
        : { error: error.message },
  );

/** @param module what the process runs; default: training steps */
export function attempt(id: string, format: FormatName, module = compiledModule("cli/checks/attempt-process")) {
  return new Promise<Answer>((resolve) => {
    const child = fork(module, [id, format], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let words = "";
    const timer = setTimeout(() => end({ error: `took longer than ${PATIENCE_SECONDS} s` }), PATIENCE_SECONDS * 1000);
    const end = (answer: Answer) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      resolve(answer);
    };
    child.stderr!.on("data", (chunk: Buffer) => {
      words = (words + chunk).slice(-2000);
    });
    child.on("message", end);
    child.on("error", ({ message }) => end({ error: message }));
    child.on("close", (code, signal) => {
      const said = words.trim().split("\n").slice(-3).join(" ");
      end({ error: `ended its process with ${signal ?? `exit code ${code}`}${said && `: ${said}`}` });
    });
  });
}
