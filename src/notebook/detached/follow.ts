/** Follows a run that another process does, by the files in its folder, to its end. */
import { join } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { holderOf, type Progress, readManifest, readProgress } from "../../runs";
import { Interrupted, interruptProcess, isInterrupted, NonsmoothError, processEnds } from "../../util";
import { LogTail } from "./log-tail";
import { LOG_FILE, type RunProcess } from "./spawn";

/** How often the folder is looked at, in milliseconds. */
const EVERY_MS = 200;
/**
 * How many looks after an interrupt a run is told to stop: before Jupyter shuts a kernel down it interrupts it, and the end of the kernel
 * is not to end the run. Looks, and not time: after each the kernel can hear that it is to end, however busy it was before.
 */
const LOOKS_BEFORE_STOP = 10;
/** How long a run may take to stop before its process is ended, in milliseconds. */
const GRACE_MS = 12_000;

export interface FollowOptions {
  /** The process, if it was started here; otherwise it is the one that holds the folder. */
  readonly own?: RunProcess;
  /** Stops the run, if its process does nothing else; otherwise ends the following. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onLine: (line: string) => void;
}

/**
 * Resolves when the run is done.
 * @throws Interrupted if it was stopped from here; the error that it failed with; NonsmoothError if it was stopped from elsewhere, or killed
 */
export async function follow(directory: string, options: FollowOptions): Promise<void> {
  const { own, signal, onProgress, onLine } = options;
  const log = new LogTail(join(directory, LOG_FILE));
  let seen = "";
  let abortedAt: number | undefined;
  let looks = 0;
  for (;;) {
    const isOver = own ? own.ending !== undefined : holderOf(directory) === undefined;
    const lines = log.lines();
    // a process tells why it failed before it writes it down, and before it ends: what it has told arrives
    await setImmediate();
    // of a failure, which is thrown, the log has the stack
    for (const line of lines) if (own && !own.failure) onLine(line);
    const progress = readProgress(directory);
    if (progress && progress.at !== seen) onProgress(progress);
    seen = progress?.at ?? seen;
    if (isOver) return requireDone(directory, own, signal);
    // what this process shows, it will show no longer
    if (processEnds()) throw new Interrupted("no longer shown; the run goes on");
    if (signal.aborted) {
      abortedAt ??= performance.now();
      if (++looks === LOOKS_BEFORE_STOP) stopRun(directory, own);
      if (performance.now() - abortedAt > GRACE_MS) own?.kill();
    }
    await sleep(signal.aborted ? EVERY_MS / 4 : EVERY_MS);
  }
}

/** Tells the process of a run to stop. @throws Interrupted if it has other work, too, or cannot be told from here */
function stopRun(directory: string, own: RunProcess | undefined): void {
  const holder = own ? undefined : holderOf(directory);
  const progress = readProgress(directory);
  own?.stop();
  if (!holder) return;
  if (!holder.isNear || !progress?.detached)
    throw new Interrupted(`no longer shown; process ${holder.pid}, which does the run, goes on`);
  interruptProcess(holder.pid);
}

function requireDone(directory: string, own: RunProcess | undefined, signal: AbortSignal): void {
  signal.throwIfAborted();
  if (own?.failure && !isInterrupted(own.failure)) throw own.failure;
  const again = "run the cell again to continue";
  const { status, reason } = readManifest(directory) ?? {};
  if (status === "done") return;
  if (status === "interrupted")
    throw new NonsmoothError("run", "was stopped from elsewhere; what it has done is kept", { hint: again });
  if (status === "failed" && !own) throw new Error(reason ?? "the run failed");
  throw new NonsmoothError("run", "its process ended in the middle; what it has done is kept", {
    got: own?.ending ?? "no process",
    hint: `${again}; its last words are in ${join(directory, LOG_FILE)}`,
  });
}
