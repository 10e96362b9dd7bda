/** Answers Jupyter's requests with tslab's executor. Cells are executed one after another. */
import { setTimeout as sleep } from "node:timers/promises";
import { isCompleteCode } from "tslab/dist/converter";
import type { ConsoleInterface, Executor } from "tslab/dist/executor";
import type { JupyterHandlerImpl } from "tslab/dist/jupyter";
import { currentWork, throwIfInterrupted, type Work } from "../../util";
import { languageInfo } from "../language";
import { Cell } from "./cell";
import { completions } from "./completion";
import { tooltip } from "./inspection";
import type { Outbox, Send } from "./outbox";
import { errorReport, isInterruption, type Report } from "./report";

type Requests = JupyterHandlerImpl;
type Request<Name extends keyof Requests> = Parameters<Requests[Name]>[0];
type Reply<Name extends keyof Requests> = ReturnType<Requests[Name]>;

/** The content of `execute_reply`. */
export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly execution_count: number;
}

/** A client that has sent several cells at once has sent them all within this time, in milliseconds. */
const SENT_TOGETHER = 20;

export class Handler {
  private count = 0;
  /** How many cells have failed: what was asked for before a failure is not executed after it. */
  private failures = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly cells = new WeakMap<Work, Cell>();
  private latest: Cell | undefined;
  /** What an interrupt stops: the cells since the last one, for they may have left something running. */
  private begun: Cell[] = [];
  private readonly executor: Executor;

  /** @param create makes tslab's executor, which prints to the given console */
  constructor(
    create: (console: ConsoleInterface) => Executor,
    private readonly outbox: Outbox,
  ) {
    this.executor = create({
      log: (value: unknown) => this.cell?.showValue(value),
      error: (...parts: unknown[]) => this.cell?.take(parts),
    });
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
    const reply = this.queue.then(async (): Promise<ExecuteReply> => {
      if (failures < this.failures) return { status: "aborted", execution_count: this.count };
      return this.executeNow(request, send);
    });
    this.queue = reply.catch(() => {});
    return reply;
  }

  private async executeNow({ code, stop_on_error }: Request<"handleExecute">, send: Send): Promise<ExecuteReply> {
    const execution_count = ++this.count;
    const cell = new Cell(code, this.outbox, send);
    this.cells.set(cell.work, cell);
    this.latest = cell;
    this.begun.push(cell);
    const ok = await cell.run(this.executor);
    await this.outbox.drained();
    if (ok) return { status: "ok", execution_count };
    const report = cell.report();
    send("error", report);
    if (stop_on_error !== false) {
      await sleep(SENT_TOGETHER);
      this.failures++;
    }
    return { status: "error", execution_count, ...report };
  }

  /** Stops the cell that runs, and what earlier cells have left running. */
  interrupt(): void {
    for (const cell of this.begun.splice(0)) cell.interrupt(() => this.executor.interrupt());
    this.outbox.dropBacklog();
  }

  /** Shows, in the cell that it came from, a failure that nothing waits for. */
  showStray(error: unknown): void {
    if (!isInterruption(error)) this.cell?.print("stderr", `${textOf(errorReport(error))}\n`);
  }

  /** Shows an output in the cell whose code asks for it. */
  display(content: object, isUpdate: boolean): void {
    this.cell?.display(content, isUpdate);
  }

  /** The cell that this code belongs to; the latest, where that is not known. */
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
    const data = info ? { "text/plain": tooltip(info) } : {};
    return {
      status: "ok",
      found: info !== undefined && info !== null,
      data: data as Record<string, string>,
      metadata: {},
    };
  }

  handleComplete({ code, cursor_pos }: Request<"handleComplete">): Reply<"handleComplete"> {
    const { start, end, candidates } = completions(this.executor.complete(code, cursor_pos), code, cursor_pos);
    return { status: "ok", cursor_start: start, cursor_end: end, matches: candidates, metadata: {} };
  }

  handleShutdown({ restart }: Request<"handleShutdown">): Reply<"handleShutdown"> {
    return { restart };
  }

  close(): void {
    this.executor.close();
  }
}

const textOf = ({ traceback }: Report): string => traceback.join("\n");

type Write = typeof process.stdout.write;

/** From here on what this process prints goes to `print`; a cell that was interrupted is stopped by its next line. */
function catchOutput(print: (name: string, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    const write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      print(name, typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") process.nextTick(callback);
      return true;
    };
    process[name].write = write as Write;
  }
  // a console takes no notice of what its stream throws
  for (const method of ["log", "info", "debug", "warn", "error", "table", "dir"] as const) {
    const original = console[method].bind(console) as (...values: unknown[]) => void;
    console[method] = (...values: unknown[]) => {
      throwIfInterrupted();
      original(...values);
    };
  }
}
