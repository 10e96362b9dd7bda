/** One cell on its way through the executor: what it shows, how it is stopped, what it reports when it fails. */
import type { Diagnostic } from "tslab/dist/converter";
import { duringWork, Interrupted, type Work } from "../../util";
import type { Executor } from "./executor";
import type { Outbox, Send } from "./outbox";
import { answer, askedName } from "./question";
import { diagnosticsReport, errorReport, interruptionReport, isInterruption, type Report } from "./report";
import { richValue, valueText } from "./value";

/** How long an interrupted cell may take to stop before it is abandoned, in milliseconds. */
const GRACE = 1_500;

/** Ends a cell that is abandoned while it still runs. */
class LeftBehind extends Error {}

export class Cell {
  private readonly controller = new AbortController();
  /** What the cell's code sees as its current work. */
  readonly work: Work = { signal: this.controller.signal };
  private ended = false;
  private leave: () => void = () => {};

  constructor(
    private readonly source: string,
    private readonly outbox: Outbox,
    private readonly send: Send,
  ) {}

  /** Executes the cell. Never throws. @returns why it failed; undefined if it finished without being interrupted. */
  async run(executor: Executor): Promise<Report | undefined> {
    const left = new Promise<never>((_, reject) => {
      this.leave = () => reject(new LeftBehind());
    });
    let report: Report | undefined;
    try {
      report = await Promise.race([duringWork(this.work, () => this.executeAndShow(executor)), left]);
    } catch (error) {
      report = this.failure(error);
      this.ended = true;
    }
    // what was printed is shown before the cell ends
    await this.outbox.drained();
    // an interrupt that came while this cell ran is not for the next one
    executor.hear();
    this.ended = true;
    return report ?? (this.isInterrupted ? interruptionReport(this.work, false) : undefined);
  }

  private async executeAndShow(executor: Executor): Promise<Report | undefined> {
    const asked = askedName(this.source);
    if (asked !== undefined) {
      this.print("stdout", `${answer(asked, executor)}\n`);
      return undefined;
    }
    const { ok, diagnostics, value } = await executor.execute(this.source, this.work.signal);
    const report = this.problems(diagnostics);
    if (!ok) return report;
    // a cell that defines a module reports its errors, but defines the module anyway
    if (report) this.print("stderr", `${report.traceback.join("\n")}\n`);
    if (value !== undefined && value !== null) await this.showValue(value);
    return undefined;
  }

  private problems(diagnostics: readonly Diagnostic[]): Report | undefined {
    return diagnostics.length > 0 ? diagnosticsReport(this.source, diagnostics) : undefined;
  }

  private failure(thrown: unknown): Report {
    if (thrown instanceof LeftBehind) return interruptionReport(this.work, true);
    const isOurs = isInterruption(thrown) && (this.isInterrupted || isOfNode(thrown));
    return isOurs ? interruptionReport(this.work, false) : errorReport(thrown);
  }

  /** Shows what was printed, unless the cell was interrupted and has ended. */
  print(name: string, text: string): void {
    if (!this.isSilenced) this.outbox.print(this.send, name, text);
  }

  /** Shows an output, or an update of one. */
  display(content: object, isUpdate: boolean): void {
    if (this.isSilenced && !isUpdate) return;
    this.outbox.post(this.send, isUpdate ? "update_display_data" : "display_data", content);
  }

  /** Shows the value of the last expression; a figure is drawn before the cell ends. */
  private async showValue(value: unknown): Promise<void> {
    const rich = richValue(value);
    if (!rich) this.print("stdout", `${valueText(value)}\n`);
    else if ("output" in rich) this.display({ ...rich.output, transient: {} }, false);
    else await rich.show();
  }

  /** Asks the cell to stop; if it does not stop in time, it is abandoned. */
  interrupt(): void {
    this.controller.abort(new Interrupted());
    if (!this.ended) setTimeout(() => this.leave(), GRACE).unref();
  }

  get isInterrupted(): boolean {
    return this.work.signal.aborted;
  }

  private get isSilenced(): boolean {
    return this.ended && this.isInterrupted;
  }
}

/** Whether Node itself has ended the cell, in its first synchronous stretch. */
const isOfNode = (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
