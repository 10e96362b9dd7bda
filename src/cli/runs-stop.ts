/** `nonsmooth runs stop`: stops a run that another process is at work on. */
import { setTimeout as sleep } from "node:timers/promises";
import { defaultRuns, findRun, holderOf, runName } from "../runs";
import { fail, interruptProcess } from "../util";
import { asUsage, print } from "./exit";
import { requireRuns } from "./runs";

/** How long a run may take to stop, in milliseconds. */
const GRACE_MS = 15_000;
const EVERY_MS = 100;

export async function stop(
  given: string | undefined,
  { runs = defaultRuns() }: { readonly runs?: string },
): Promise<void> {
  const [word] = requireRuns("runs stop", [given], { runs }) as [string];
  const entry = asUsage(() => findRun(word, { runs }));
  const what = `run ${runName(entry)}`;
  const holder = holderOf(entry.directory);
  if (!holder) return print(`${what}: nothing to stop, no process is at work on it (${entry.status})`);
  if (!holder.isNear)
    fail(what, "must be stopped where it runs, in another container or machine", `process ${holder.pid}`);
  interruptProcess(holder.pid);
  const deadline = performance.now() + GRACE_MS;
  while (holderOf(entry.directory)?.pid === holder.pid) {
    if (performance.now() > deadline)
      fail(
        what,
        `must stop within ${GRACE_MS / 1000} s`,
        `process ${holder.pid}, which goes on`,
        `kill -9 ${holder.pid} ends it; what is done is kept`,
      );
    await sleep(EVERY_MS);
  }
  print(`${what}: stopped, what is done is kept; the same command or cell continues it`);
}
