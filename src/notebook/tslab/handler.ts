/** Answers Jupyter's requests. Cells are executed one at a time. */
import { setTimeout as sleep } from "node:timers/promises";
import { isCompleteCode } from "tslab/dist/converter";
import type { JupyterHandlerImpl } from "tslab/dist/jupyter";
import { currentWork, endProcess, isInterrupted, type Work } from "../../util";
import { languageInfo } from "../language";
import { Cell } from "./cell";
import { completions } from "./completion";
import type { Executor } from "./executor";
import { settingText, tooltip } from "./inspection";
import type { Outbox, Send } from "./outbox";
import { errorReport, isInterruption, type Report } from "./report";
import { catchOutput } from "./streams";

type Requests = JupyterHandlerImpl;
type Request<Name extends keyof Requests> = Parameters<Requests[Name]>[0];
type Reply<Name extends keyof Requests> = ReturnType<Requests[Name]>;

/** The content of `execute_reply`. */
export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly execution_count: number;
}

/** A client that sends several cells at once sends them all within this time, in milliseconds. */
const SENT_TOGETHER = 20;

export class Handler {
  private count = 0;
  /** How many cells have failed: requests from before a failure are not executed after it. */
  private failures = 0;
  private queue: Promise<unknown> = Promise.resolve();
  /** How many cells wait for their turn, and whether one is running. */
  private waiting = 0;
  private isRunning = false;
  /** Whether an interrupt has come between two cells: it stops the next one. */
  private stopsNext = false;
  private readonly cells = new WeakMap<Work, Cell>();
  private latest: Cell | undefined;
  /** What an interrupt stops: all cells since the last interrupt, since they may have left something running. */
  private begun: Cell[] = [];

  constructor(
    private readonly executor: Executor,
    private readonly outbox: Outbox,
  ) {
    catchOutput((name, text) => this.cell?.print(name, text));
  }

  handleKernel(): Reply<"handleKernel"> {
    return {
      protocol_version: "5.3",
      implementation: "nonsmooth",
      implementation_version: "1.0",
      language_info: languageInfo(),
      banner: "nonsmooth: TypeScript by tslab",
    };
  }

  /** Executes a cell when its turn comes. */
  execute(request: Request<"handleExecute">, send: Send): Promise<ExecuteReply> {
    const { failures } = this;
    this.waiting++;
    const reply = this.queue.then(async (): Promise<ExecuteReply> => {
      this.waiting--;
      if (failures < this.failures) {
        this.stopsNext = false;
        return { status: "aborted", execution_count: this.count };
      }
      return this.executeNow(request, send);
    });
    this.queue = reply.catch(() => {});
    return reply;
  }

  private async executeNow({ code, stop_on_error }: Request<"handleExecute">, send: Send): Promise<ExecuteReply> {
    const execution_count = ++this.count;
    const report = await this.failureOf(new Cell(code, this.outbox, send));
    if (!report) return { status: "ok", execution_count };
    this.outbox.post(send, "error", report);
    if (stop_on_error !== false) {
      await sleep(SENT_TOGETHER);
      this.failures++;
    }
    return { status: "error", execution_count, ...report };
  }

  /** Executes a cell. @returns why it failed, if it did. Never throws: a request without a reply would never end. */
  private async failureOf(cell: Cell): Promise<Report | undefined> {
    this.cells.set(cell.work, cell);
    this.latest = cell;
    this.begun.push(cell);
    if (this.stopsNext) cell.interrupt();
    this.stopsNext = false;
    this.isRunning = true;
    try {
      const report = await cell.run(this.executor);
      // Node may have stopped the cell without reporting the signal
      if (report?.ename === "Interrupted") this.interrupt();
      return report;
    } catch (error) {
      return errorReport(error);
    } finally {
      this.isRunning = false;
    }
  }

  /** Stops the running cell, or the next one in the queue, and whatever earlier cells have left running. */
  interrupt(): void {
    this.stopsNext = !this.isRunning && this.waiting > 0;
    for (const cell of this.begun.splice(0)) cell.interrupt();
    this.outbox.dropBacklog();
  }

  /** Shows a failure that nothing waits for, in the cell that it came from. */
  showStray(error: unknown): void {
    const isOurs = isInterrupted(causeOfAbort(error)) || (isInterruption(error) && this.cell?.isInterrupted);
    if (!isOurs) this.cell?.print("stderr", `${errorReport(error).traceback.join("\n")}\n`);
  }

  /** Shows an output in the cell whose code asks for it. */
  display(content: object, isUpdate: boolean): void {
    this.cell?.display(content, isUpdate);
  }

  /** The cell that this code belongs to, or the latest one if that is unknown. */
  private get cell(): Cell | undefined {
    const work = currentWork();
    return (work && this.cells.get(work)) ?? this.latest;
  }

  handleIsComplete({ code }: Request<"handleIsComplete">): Reply<"handleIsComplete"> {
    const { completed, indent } = isCompleteCode(code);
    return completed ? { status: "complete" } : { status: "incomplete", indent };
  }

  handleInspect({ code, cursor_pos }: Request<"handleInspect">): Reply<"handleInspect"> {
    const info = this.executor.inspect(code, cursor_pos);
    const parts = [info ? tooltip(info) : undefined, settingText(code, cursor_pos)].filter(
      (part) => part !== undefined,
    );
    const data = parts.length > 0 ? { "text/plain": parts.join("\n\n") } : {};
    return { status: "ok", found: parts.length > 0, data: data as Record<string, string>, metadata: {} };
  }

  handleComplete({ code, cursor_pos }: Request<"handleComplete">): Reply<"handleComplete"> {
    const { start, end, candidates } = completions(this.executor.complete(code, cursor_pos), code, cursor_pos);
    return { status: "ok", cursor_start: start, cursor_end: end, matches: candidates, metadata: {} };
  }

  handleShutdown({ restart }: Request<"handleShutdown">): Reply<"handleShutdown"> {
    endProcess();
    this.interrupt();
    return { restart };
  }

  close(): void {
    this.executor.close();
  }
}

/** When an aborted signal stops one of Node's functions, the signal's reason is the cause of the error. */
function causeOfAbort(error: unknown): unknown {
  return error instanceof Error && error.name === "AbortError" ? error.cause : error;
}
