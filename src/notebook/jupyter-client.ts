/**
 * A client of the Jupyter messaging protocol 5.3 (https://jupyter-client.readthedocs.io/en/stable/messaging.html): the part that
 * executing a notebook needs. The kernel listens on sockets in a private folder (transport `ipc`), so that nothing is reachable
 * from outside and no port can be taken twice. It needs a POSIX system, for process groups.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type * as ZeroMQ from "zeromq";
import { notWritten } from "../util";
import { tslabFile } from "./paths";
import { socketFolder } from "./socket-folder";

export interface Message {
  /** `stream`, `display_data`, `status`, `execute_reply` … */
  readonly type: string;
  /** The id of the request that caused it. */
  readonly parent: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface KernelCommand {
  /** A kernelspec's argv; `{connection_file}` is replaced. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

type RequestSocket = "shell" | "control";

const DELIMITER = "<IDS|MSG>";
const PORTS = { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 } as const;
/** In milliseconds: how long a kernel may take to answer, and to end after it was asked to shut down. */
const START_TIMEOUT = 180_000;
const SHUTDOWN_TIMEOUT = 1_500;

/** A kernel process and the sockets to it. */
export class JupyterClient {
  /** Called with each message of the kernel's broadcast: outputs and status. */
  onBroadcast: (message: Message) => void = () => {};
  /** Resolves when the kernel's process has ended, with what is known about its end. */
  readonly ended: Promise<string>;

  private readonly key = randomUUID();
  private readonly session = randomUUID();
  private readonly folder = socketFolder("kernel:1");
  private readonly process: ChildProcess;
  private readonly sockets: { shell: ZeroMQ.Dealer; control: ZeroMQ.Dealer; iopub: ZeroMQ.Subscriber };
  private readonly replies = new Map<string, (message: Message) => void>();
  private sending: Promise<void> = Promise.resolve();
  private log = "";
  private readonly cleanUp = () => {
    this.signal("SIGKILL");
    // a kernel that is just being killed may still put a socket there
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  };

  private constructor({ argv, cwd, env }: KernelCommand) {
    // zeromq comes with tslab
    const zeromq = createRequire(tslabFile("package.json"))("zeromq") as typeof ZeroMQ;
    const file = this.writeConnectionFile();
    const [command = "", ...args] = argv.map((part) => part.replace("{connection_file}", file));
    this.process = spawn(command, args, {
      cwd,
      // by this name, which is Jupyter's own, a kernel knows whom not to outlive
      env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...env },
      // its own process group, so that an interrupt reaches the kernel's workers and no other process
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", this.cleanUp);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.log = (this.log + data).slice(-4_000);
      });
    }
    this.ended = new Promise((resolve) => {
      this.process.once("error", (error) => resolve(error.message));
      this.process.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.sockets = {
      shell: new zeromq.Dealer({ linger: 0 }),
      control: new zeromq.Dealer({ linger: 0 }),
      iopub: new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    };
  }

  /**
   * Starts a kernel and waits until it answers on all channels.
   * @throws if it ends or does not answer within 3 minutes; the error holds what it printed.
   */
  static async start(command: KernelCommand): Promise<JupyterClient> {
    const client = new JupyterClient(command);
    try {
      client.connect();
      await client.ready();
      return client;
    } catch (error) {
      // it cannot be asked
      await client.stop({ politely: false });
      throw error;
    }
  }

  /** Asks the kernel to run code; outputs arrive at `onBroadcast` with the returned id as their parent. */
  execute(code: string): { id: string; reply: Promise<Message> } {
    return this.request("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    });
  }

  /** Where other clients can listen to the kernel's broadcast. */
  get broadcastAddress(): string {
    return this.endpoint("iopub");
  }

  /** The last output of the kernel's process itself, outside any cell. */
  get processOutput(): string {
    return this.log.trim();
  }

  /** Sends a signal to the kernel's process group; SIGINT interrupts, as JupyterLab's stop button does. */
  signal(signal: NodeJS.Signals): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, signal);
    } catch (error) {
      // the whole group has ended
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Shuts the kernel down, kills what is left of its process group and removes the sockets. */
  async stop({ politely = true }: { politely?: boolean } = {}): Promise<void> {
    if (politely) {
      this.request("control", "shutdown_request", { restart: false });
      await Promise.race([this.ended, sleep(SHUTDOWN_TIMEOUT, undefined, { ref: false })]);
    }
    this.cleanUp();
    await this.ended;
    process.off("exit", this.cleanUp);
    for (const socket of Object.values(this.sockets)) socket.close();
  }

  private get address(): string {
    return join(this.folder, "kernel");
  }

  private endpoint(name: keyof typeof PORTS): string {
    return `ipc://${this.address}:${PORTS[name]}`;
  }

  private writeConnectionFile(): string {
    const ports = Object.entries(PORTS).map(([name, port]) => [`${name}_port`, port]);
    const connection = { ip: this.address, transport: "ipc", key: this.key, signature_scheme: "hmac-sha256" };
    const file = join(this.folder, "connection.json");
    try {
      writeFileSync(file, JSON.stringify({ ...connection, ...Object.fromEntries(ports) }), { mode: 0o600 });
      return file;
    } catch (error) {
      rmSync(this.folder, { recursive: true, force: true });
      throw notWritten(file, error);
    }
  }

  private connect(): void {
    const { shell, control, iopub } = this.sockets;
    // tslab's topics are the clients' routing ids: take all
    iopub.subscribe();
    for (const name of ["shell", "control", "iopub"] as const) {
      this.sockets[name].connect(this.endpoint(name));
    }
    const answer = (message: Message) => this.replies.get(message.parent)?.(message);
    void this.pump(shell, answer);
    void this.pump(control, answer);
    void this.pump(iopub, (message) => this.onBroadcast(message));
  }

  /** Ready means both a reply and a broadcast: what is broadcast before the subscription arrives is lost. */
  private async ready(): Promise<void> {
    let heard = false;
    this.onBroadcast = () => {
      heard = true;
    };
    const timeout = AbortSignal.timeout(START_TIMEOUT);
    while (!heard) {
      const { reply } = this.request("shell", "kernel_info_request", {});
      const late = sleep(START_TIMEOUT, "no answer within 3 minutes", { ref: false });
      const end = await Promise.race([reply.then(() => sleep(20)), this.ended, late]);
      if (end !== undefined || timeout.aborted) {
        throw new Error(
          `the kernel did not start (${end ?? "no broadcast within 3 minutes"})\n${this.processOutput}`.trim(),
        );
      }
    }
  }

  /** Hands on each message with a valid signature until the socket is closed. */
  private async pump(socket: AsyncIterable<Buffer[]>, receive: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const start = frames.findIndex((frame) => frame.toString("latin1") === DELIMITER);
      const parts = frames.slice(start + 2, start + 6);
      if (start < 0 || parts.length < 4 || this.sign(parts) !== frames[start + 1]?.toString()) continue;
      const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()));
      receive({ type: header.msg_type, parent: parent.msg_id ?? "", content });
    }
  }

  private request(socket: RequestSocket, type: string, content: object): { id: string; reply: Promise<Message> } {
    const id = randomUUID();
    const date = new Date().toISOString();
    const header = { msg_id: id, msg_type: type, session: this.session, username: "nonsmooth", version: "5.3", date };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const reply = new Promise<Message>((resolve) => {
      this.replies.set(id, (message) => {
        this.replies.delete(id);
        resolve(message);
      });
    });
    // one at a time: zeromq.js refuses to send while another message is pending
    this.sending = this.sending.then(() => this.sockets[socket].send([DELIMITER, this.sign(parts), ...parts]));
    return { id, reply };
  }

  private sign(parts: readonly (Buffer | string)[]): string {
    const hash = createHmac("sha256", this.key);
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  }
}
