/** A kernel in which cells are executed one by one, and what comes of them. */
import { kernelspec } from "../../src/notebook";
import { JupyterClient, type Message } from "../../src/notebook/jupyter-client";
import type { ErrorOutput, Output } from "../../src/notebook/nbformat";
import { OutputCollector } from "../../src/notebook/outputs";
import { requireBuild, temporaryFolder } from "./support";

export interface Executed {
  id: string;
  status: unknown;
  outputs: Output[];
  stdout: string;
  stderr: string;
  error: ErrorOutput | undefined;
  /** How many messages there were, the two of the status included. */
  messages: number;
}

export interface KernelSession {
  client: JupyterClient;
  run(code: string, options?: { interruptAfterOutput?: boolean }): Promise<Executed>;
  /** What has come of a cell by now. */
  stdoutOf(cell: Executed): string;
  stderrOf(cell: Executed): string;
  close(): Promise<void>;
}

export async function openKernel({ inProject = true } = {}): Promise<KernelSession> {
  requireBuild();
  const client = await JupyterClient.start({ argv: kernelspec().argv, cwd: temporaryFolder({ inProject }) });
  const collector = new OutputCollector();
  const listeners = new Map<string, (message: Message) => void>();
  client.onBroadcast = (message) => {
    collector.receive(message);
    listeners.get(message.parent)?.(message);
  };
  const stream = (id: string, name: string) =>
    collector
      .outputs(id)
      .map((output) => (output.output_type === "stream" && output.name === name ? output.text : ""))
      .join("");

  async function run(code: string, { interruptAfterOutput = false } = {}): Promise<Executed> {
    const { id, reply } = client.execute(code);
    collector.begin(id);
    let messages = 0;
    let toInterrupt = interruptAfterOutput;
    const idle = new Promise<void>((resolve) => {
      listeners.set(id, ({ type, content }) => {
        messages++;
        if (toInterrupt && type === "stream") {
          toInterrupt = false;
          // node:vm swallows a signal that comes while it ends a cell's first stretch, which takes a while on a busy machine
          setTimeout(() => client.signal("SIGINT"), 300);
        }
        if (type === "status" && content.execution_state === "idle") resolve();
      });
    });
    const { content } = await reply;
    await idle;
    const outputs = collector.outputs(id);
    const error = outputs.find((output): output is ErrorOutput => output.output_type === "error");
    return {
      id,
      status: content.status,
      outputs,
      stdout: stream(id, "stdout"),
      stderr: stream(id, "stderr"),
      error,
      messages,
    };
  }

  return {
    client,
    run,
    stdoutOf: ({ id }) => stream(id, "stdout"),
    stderrOf: ({ id }) => stream(id, "stderr"),
    close: () => client.stop(),
  };
}
