/** Starts the process of a run. It is in a session of its own: neither the end of the kernel nor a signal to it ends the run. */
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { inFolder, JOURNAL } from "../../runs";
import { compiledModule, makeFolder, NonsmoothError, refuseCommitted } from "../../util";
import { errorOf, type Failure, type Request } from "./request";

/** In the run's folder: what the processes of the run have said, one after another. */
export const LOG_FILE = "session.log";

/** A process as its parent sees it. */
export class RunProcess {
  /** Why it failed, if it has said so. */
  failure: Error | undefined;
  /** How it ended: `exit code 1`, `signal SIGKILL`; undefined while it lives. */
  ending: string | undefined;

  constructor(
    private readonly child: ChildProcess,
    request: Request,
  ) {
    child.on("message", (failure: Failure) => {
      this.failure = errorOf(failure);
    });
    child.on("error", (error) => {
      this.failure = error;
      if (child.pid === undefined) this.ending = "not started";
    });
    child.on("exit", (code, signal) => {
      this.ending = signal ? `signal ${signal}` : `exit code ${code}`;
    });
    try {
      child.send(request, (error) => error && child.kill("SIGKILL"));
    } catch (cause) {
      // it would wait for ever
      child.kill("SIGKILL");
      const hint = "detached: false runs the experiment in this process";
      throw new NonsmoothError("options", "must be values that another process can be given", {
        got: (cause as Error).message,
        hint,
        cause,
      });
    }
    // a program that has nothing else to do need not wait for the run
    child.unref();
    child.channel?.unref();
  }

  /** Tells the run to stop. */
  stop(): void {
    this.child.kill("SIGINT");
  }

  /** Ends the process, whatever it does. */
  kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** @throws if the folder cannot be made or written */
export function spawnRun(directory: string, request: Request): RunProcess {
  refuseCommitted("run folder", directory);
  const log = inFolder(directory, () => {
    makeFolder(directory);
    return openSync(join(directory, LOG_FILE), "a");
  });
  // the kernel keeps the journal
  const { [JOURNAL]: _, ...env } = process.env;
  try {
    const child = fork(compiledModule("notebook/detached/process"), [request.experiment], {
      detached: true,
      execArgv: [],
      env,
      serialization: "advanced",
      stdio: ["ignore", log, log, "ipc"],
    });
    return new RunProcess(child, request);
  } finally {
    closeSync(log);
  }
}
