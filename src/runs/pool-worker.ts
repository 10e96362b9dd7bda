/**
 * Entry of a worker process. It leaves Ctrl-C and the other signals that stop work, which may reach the whole process group, to its parent,
 * and does not outlive it: it ends when the channel closes, and while a job keeps the event loop busy a separate thread watches the parent.
 */
import { endWithParent, stopSignals } from "../util";
import { type Answer, loadWorker, type Prepared, type Request, toPlainError } from "./pool-protocol";

for (const name of stopSignals) process.on(name, () => {});
process.on("disconnect", () => process.exit());
endWithParent(Number(process.argv[2]));

const stop = new AbortController();
let worker: Prepared | undefined;

process.on("message", async (request: Request) => {
  if (request.kind === "stop") {
    stop.abort(new Error("stopped"));
    return;
  }
  try {
    send(await answer(request));
  } catch (error) {
    // a job that failed, or a result that cannot be copied
    send({ kind: "error", error: toPlainError(error) });
  }
});

async function answer(request: Exclude<Request, { kind: "stop" }>): Promise<Answer> {
  if (request.kind === "init") {
    worker = await loadWorker(request.module)(request.init, stop.signal);
    return { kind: "ready" };
  }
  return { kind: "result", result: await worker!.do(request.job) };
}

function send(message: Answer): void {
  // a channel that has closed ends the process by itself
  process.send!(message, undefined, undefined, () => {});
}
