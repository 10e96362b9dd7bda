/** One cell on its way through tslab's executor: what it shows, how it is stopped, what it says when it fails. */
import type { Executor } from "tslab/dist/executor";
import { duringWork, Interrupted, type Work } from "../../util";
import type { Outbox, Send } from "./outbox";
import {
  diagnosticsReport,
  errorReport,
  interruptionReport,
  isInterruption,
  type PlacedMessage,
  type Report,
} from "./report";
import { richValue, valueText } from "./value";

/** How long an interrupted cell may take to stop before it is left behind, in milliseconds. */
const GRACE = 1_500;

export class Cell {
  private readonly controller = new AbortController();
  /** What the cell's code finds as its current work. */
  readonly work: Work = { signal: this.controller.signal };
  private readonly diagnostics: PlacedMessage[] = [];
  private failure: { readonly thrown: unknown } | undefined;
  private drawing: Promise<void> | undefined;
  private ended = false;

  constructor(
    private readonly source: string,
    private readonly outbox: Outbox,
    private readonly send: Send,
  ) {}

  /** Executes the cell; true if it came to its end. */
  async run(executor: Executor): Promise<boolean> {
    const ok = await duringWork(this.work, () => this.executeAndShow(executor));
    // of a cell that defines a module tslab tells the errors and defines it all the same
    if (ok && this.diagnostics.length > 0) {
      this.print("stderr", `${diagnosticsReport(this.source, this.diagnostics).traceback.join("\n")}\n`);
    }
    this.ended = true;
    return ok;
  }

  private async executeAndShow(executor: Executor): Promise<boolean> {
    try {
      const ok = await executor.execute(this.source);
      await this.drawing;
      return ok;
    } catch (error) {
      this.failure = { thrown: error };
      return false;
    }
  }

  /** Shows what was printed; nothing any more when the cell was interrupted and is over. */
  print(name: string, text: string): void {
    if (!this.isSilenced) this.outbox.print(this.send, name, text);
  }

  /** Shows an output, or an update of one. */
  display(content: object, isUpdate: boolean): void {
    if (this.isSilenced && !isUpdate) return;
    this.outbox.post(this.send, isUpdate ? "update_display_data" : "display_data", content);
  }

  /** Shows the value of the last expression; a figure is drawn before the cell is over. */
  showValue(value: unknown): void {
    const rich = richValue(value);
    if (!rich) this.print("stdout", `${valueText(value)}\n`);
    else if ("output" in rich) this.display({ ...rich.output, transient: {} }, false);
    else this.drawing = rich.show();
  }

  /** Takes what tslab reports: what was thrown, or a message of the compiler, which is a format with its four parts. */
  take([first, ...parts]: readonly unknown[]): void {
    if (parts.length < 4) this.failure = { thrown: first };
    else {
      const [file, line, character, message] = parts;
      this.diagnostics.push({
        file: String(file).trim(),
        line: Number(line),
        character: Number(character),
        message: String(message),
      });
    }
  }

  /** Asks the cell to stop; `leave` is called if it does not in time. */
  interrupt(leave: () => void): void {
    this.controller.abort(new Interrupted());
    if (this.ended) return;
    setTimeout(() => {
      if (!this.ended) leave();
    }, GRACE).unref();
  }

  /** Why the cell failed. */
  report(): Report {
    if (!this.failure) return diagnosticsReport(this.source, this.diagnostics);
    const { thrown } = this.failure;
    const isInterrupted = isInterruption(thrown) && (this.work.signal.aborted || isOfNode(thrown));
    return isInterrupted ? interruptionReport(this.work, isOfTslab(thrown)) : errorReport(thrown);
  }

  private get isSilenced(): boolean {
    return this.ended && this.work.signal.aborted;
  }
}

/** Node itself has ended the cell, in its first synchronous stretch. */
const isOfNode = (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";

/** tslab has left the cell while it was still running. */
const isOfTslab = (error: unknown) => (error as Error).message === "Interrupted asynchronously";
