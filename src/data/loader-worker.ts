/**
 * Entry of a loader's thread. It makes batches ahead of their use as long as it has credits, one for each batch, so that it continues
 * while the thread that trains is computing and cannot answer.
 */
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { type Assembled, Assembler, type Recipe } from "./assemble";

/** Messages of the loader. Each epoch has its own number, `run`. */
export type Order =
  | {
      readonly kind: "start";
      readonly run: number;
      readonly epoch: number;
      readonly from: number;
      readonly credits: number;
    }
  | { readonly kind: "credit"; readonly run: number }
  | { readonly kind: "stop"; readonly run: number }
  | { readonly kind: "close" };

/** Messages of the thread. */
export type Report =
  | { readonly kind: "batch"; readonly run: number; readonly batch: Assembled }
  | { readonly kind: "end"; readonly run: number }
  | { readonly kind: "failed"; readonly run: number; readonly error: unknown };

/** An epoch in progress. */
interface Run {
  readonly id: number;
  credits: number;
  stopped: boolean;
  /** Called when credits or the end arrive. */
  wake: () => void;
}

const port = parentPort!;
const recipe = workerData as Recipe;
const assembler = new Assembler(recipe);
let current: Run | undefined;

port.on("message", (order: Order) => {
  if (order.kind === "start") {
    stop();
    current = { id: order.run, credits: order.credits, stopped: false, wake: () => {} };
    void work(current, order.epoch, order.from);
  } else if (order.kind === "close") {
    stop();
    // the thread ends when nothing is left to do
    port.close();
  } else if (order.run === current?.id) {
    if (order.kind === "stop") return stop();
    current.credits++;
    current.wake();
  }
});

function stop(): void {
  if (!current) return;
  current.stopped = true;
  current.wake();
}

async function work(run: Run, epoch: number, from: number): Promise<void> {
  try {
    for (let index = from; index < recipe.batchesPerEpoch; index++) {
      if (!(await mayGoOn(run))) return;
      run.credits--;
      const batch = await assembler.batch(epoch, index);
      post({ kind: "batch", run: run.id, batch }, [batch.inputs, batch.labels]);
    }
    post({ kind: "end", run: run.id });
  } catch (error) {
    post({ kind: "failed", run: run.id, error });
  }
}

/** Waits for a credit; false if the run was stopped. */
async function mayGoOn(run: Run): Promise<boolean> {
  // lets messages in
  await setImmediate();
  while (run.credits === 0 && !run.stopped) {
    await new Promise<void>((resolve) => {
      run.wake = resolve;
    });
  }
  return !run.stopped;
}

/** Sends a message and transfers its arrays without a copy. */
function post(report: Report, arrays: readonly ArrayBufferView[] = []): void {
  port.postMessage(
    report,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}
