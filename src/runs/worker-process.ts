/** One worker process, seen from its parent. */
import { type ChildProcess, fork } from "node:child_process";
import { compiledModule } from "../util";
import type { Answer, Request } from "./pool-protocol";

/** How a process ended: `signal SIGKILL`, `exit code 1`, with the last of what it wrote to standard error. */
export interface Died {
  readonly kind: "died";
  readonly how: string;
}

export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly died: Promise<Died>;
  private lastWords = "";
  private answered: (answer: Answer) => void = () => {};

  constructor() {
    // the parent's own flags (a preload, a debugger) are not for workers; its standard output is for results
    this.child = fork(compiledModule("runs/pool-worker"), [String(process.pid)], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => process.stderr.write(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.lastWords = (this.lastWords + chunk.toString()).slice(-2000);
      process.stderr.write(chunk);
    });
    this.child.on("message", (answer: Answer) => this.answered(answer));
    this.died = new Promise((resolve) => {
      this.child.on("error", (error) => resolve({ kind: "died", how: error.message }));
      this.child.on("close", (code, signal) => resolve({ kind: "died", how: this.describe(code, signal) }));
    });
  }

  /**
   * Sends a request and waits for its answer, or for the end of the process. One request at a time.
   * @throws if the request cannot be copied.
   */
  ask(request: Exclude<Request, { kind: "stop" }>): Promise<Answer | Died> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.answered = resolve;
      try {
        // a process that can no longer be reached is as good as dead, and `died` will say so
        this.child.send(request, (error) => error && this.child.kill("SIGKILL"));
      } catch (error) {
        reject(error);
      }
    });
    return Promise.race([answer, this.died]);
  }

  /** Tells it to end the current request, whose answer comes as usual. */
  stop(): void {
    this.child.send({ kind: "stop" } satisfies Request, () => {});
  }

  /** Ends the process at once, whatever it does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.died;
  }

  private describe(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal ? `signal ${signal}` : `exit code ${code}`;
    const words = this.lastWords.trim().split("\n").slice(-3).join(" ").trim();
    return words ? `${how}: ${words}` : how;
  }
}
