/** `nonsmooth runs stop`: stops a run that other processes are at work on. */
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
  const folders = [entry, ...(entry.shards ?? [])].map(({ directory }) => directory);
  const held = folders.flatMap((folder) => {
    const holder = holderOf(folder);
    return holder ? [{ folder, ...holder }] : [];
  });
  if (held.length === 0) return print(`${what}: nothing to stop, no process is at work on it (${entry.status})`);
  const near = held.filter(({ isNear }) => isNear);
  for (const { pid } of near) interruptProcess(pid);
  for (const { folder, pid } of near) await stopped(what, folder, pid);
  const far = held.find(({ isNear }) => !isNear);
  if (far) fail(what, "must be stopped where it runs, in another container or machine", `process ${far.pid}`);
  print(`${what}: stopped, what is done is kept; the same command or cell continues it`);
}

async function stopped(what: string, folder: string, pid: number): Promise<void> {
  const deadline = performance.now() + GRACE_MS;
  while (holderOf(folder)?.pid === pid) {
    if (performance.now() > deadline) {
      const hint = `kill -9 ${pid} ends it; what is done is kept`;
      fail(what, `must stop within ${GRACE_MS / 1000} s`, `process ${pid}, which goes on`, hint);
    }
    await sleep(EVERY_MS);
  }
}
