/** A process that answers questions, a line of JSON each: ours in Node, or a peer in Python. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { NonsmoothError } from "nonsmooth";
import type { Facts, Question, Rate } from "./types";

interface Command {
  readonly program: string;
  readonly words: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** It is started by the first question, and again by the first one after it has died or was ended. */
export class Partner {
  private process: Running | undefined;

  constructor(
    readonly name: string,
    private readonly command: Command,
    /** Seconds that are left to it. */
    private readonly left: () => number,
  ) {}

  /**
   * Makes ready for measurements, and tells of it; what was prepared before is dropped. A process that fails is ended, and with
   * it whatever it had taken of the device by then.
   */
  async prepare<F extends object = Facts>(options: object): Promise<F> {
    try {
      return await this.ask<F>({ prepare: options });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  measure(seconds: number): Promise<Rate> {
    return this.ask<Rate>({ measure: seconds });
  }

  close(): void {
    this.process?.end();
    this.process = undefined;
  }

  /** @throws NonsmoothError with the process's own words where it fails, dies, or takes longer than there is time */
  private async ask<A extends object>(question: Question): Promise<A> {
    this.process ??= new Running(this.name, this.command);
    try {
      return await this.process.ask<A>(question, this.left());
    } catch (error) {
      if (!this.process.alive) this.process = undefined;
      throw error;
    }
  }
}

/** Of what a process says on its standard error. */
const TAIL = 2000;

class Running {
  alive = true;
  private readonly child: ChildProcessWithoutNullStreams;
  private said = "";
  private waiting: { resolve(answer: object): void; reject(error: Error): void } | undefined;

  constructor(
    private readonly name: string,
    { program, words, env }: Command,
  ) {
    this.child = spawn(program, words, { env: { ...process.env, ...env } });
    createInterface(this.child.stdout).on("line", (line) => this.receive(line));
    this.child.stderr.on("data", (text) => {
      this.said = `${this.said}${text}`.slice(-TAIL);
    });
    this.child.stdin.on("error", () => {}); // a process that is gone says so by its end
    this.child.on("error", (cause) => this.fall(cause.message));
    this.child.on("close", (code, signal) => this.fall(this.said.trim() || `it ended with ${signal ?? code}`));
  }

  ask<A extends object>(question: Question, seconds: number): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      const slow = setTimeout(
        () => this.fall(seconds < 1 ? "no time was left for it" : `no answer within ${Math.round(seconds)} s`),
        Math.max(0, seconds) * 1000,
      );
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T) => {
          clearTimeout(slow);
          this.waiting = undefined;
          how(value);
        };
      this.waiting = { resolve: settle((answer) => resolve(answer as A)), reject: settle(reject) };
      if (this.alive) this.child.stdin.write(`${JSON.stringify(question)}\n`);
      else this.fall("it has ended");
    });
  }

  end(): void {
    this.alive = false;
    this.child.kill("SIGKILL");
  }

  /** Libraries print lines of their own. */
  private receive(line: string): void {
    if (!line.startsWith("{")) return;
    try {
      const answer = JSON.parse(line) as { error?: string };
      if (answer.error === undefined) this.waiting?.resolve(answer);
      else this.waiting?.reject(failure(this.name, answer.error));
    } catch {
      this.waiting?.reject(failure(this.name, line));
    }
  }

  private fall(reason: string): void {
    this.end();
    this.waiting?.reject(failure(this.name, reason));
  }
}

/** The reason in full: a file of results is read where nothing can be tried again. */
const failure = (name: string, reason: string) => new NonsmoothError(name, `must answer; it says: ${reason}`);
