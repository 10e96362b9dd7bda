/**
 * Entry of a loader's thread. It makes batches ahead of their use as long as it has credits, one a batch, so that it goes on
 * while the thread that trains computes and answers nothing.
 */
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { type Assembled, Assembler, type Recipe } from "./assemble";

/** What the loader says. An epoch goes by a number of its own, `run`. */
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

/** What the thread says. */
export type Report =
  | { readonly kind: "batch"; readonly run: number; readonly batch: Assembled }
  | { readonly kind: "end"; readonly run: number }
  | { readonly kind: "failed"; readonly run: number; readonly error: unknown };

/** An epoch under way. */
interface Run {
  readonly id: number;
  credits: number;
  stopped: boolean;
  /** Called when credits or the end have come. */
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

/** Waits for a credit; false where the run was stopped. */
async function mayGoOn(run: Run): Promise<boolean> {
  // lets orders in
  await setImmediate();
  while (run.credits === 0 && !run.stopped) {
    await new Promise<void>((resolve) => {
      run.wake = resolve;
    });
  }
  return !run.stopped;
}

/** Says something and gives the arrays away, without a copy. */
function post(report: Report, arrays: readonly ArrayBufferView[] = []): void {
  port.postMessage(
    report,
    arrays.map(({ buffer }) => buffer as ArrayBuffer),
  );
}
