/** The process of one run, made by spawn.ts. Nobody has to be there when it ends: what came of it stands in the run's folder. */
import { experiment, runExperiment } from "../../experiments";
import { Interrupted, stopSignals } from "../../util";
import { type Failure, failureOf, type Request } from "./request";

/** How long a run may take to stop, in milliseconds. Everything finished is on disk by then. */
const GRACE_MS = 10_000;

process.once("message", (request: Request) => void work(request));

async function work({ experiment: name, options }: Request): Promise<void> {
  const controller = new AbortController();
  const stop = () => {
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    controller.abort(new Interrupted());
  };
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    const { signal } = controller;
    await runExperiment(experiment(name), { ...options, signal, detached: true, log: (line) => console.log(line) });
    process.exit(0);
  } catch (error) {
    await tell(failureOf(error));
    console.error(error);
    process.exit(1);
  }
}

/** The kernel that made this process may be gone: it is told if it is there. */
function tell(failure: Failure): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(failure, () => resolve());
    else resolve();
  });
}
