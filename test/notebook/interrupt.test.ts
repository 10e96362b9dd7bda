import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { kernelspec } from "../../src/notebook";
import { JupyterClient } from "../../src/notebook/jupyter-client";
import { OutputCollector } from "../../src/notebook/outputs";
import { compiledModule } from "../../src/util";
import { requireBuild, temporaryFolder } from "./support";

/** Runs a cell as JupyterLab does, with SIGINT to the process group when it prints "started". */
async function execute(client: JupyterClient, code: string): Promise<{ status: unknown; text: string }> {
  const collector = new OutputCollector();
  const early: Parameters<OutputCollector["receive"]>[0][] = [];
  client.onBroadcast = (message) => {
    early.push(message);
    collector.receive(message);
    if (message.type === "stream" && message.content.text === "started\n") client.signal("SIGINT");
  };
  const { id, reply } = client.execute(code);
  collector.begin(id);
  const { content } = await reply;
  while (!early.some((m) => m.parent === id && m.content.execution_state === "idle")) await sleep(5);
  const text = collector.outputs(id).map((output) => {
    if (output.output_type === "error") return `${output.ename}: ${output.traceback.join("\n")}\n`;
    return output.output_type === "stream" ? output.text : "";
  });
  return { status: content.status, text: text.join("") };
}

// the signal comes behind the cell's first stretch, in which node:vm would break the loop before its first round
const loop = `await interruptible(async (signal) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  console.log("started");
  for (;;) {
    steps++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    signal.throwIfAborted();
  }
});`;

describe("interruptible in a kernel", () => {
  it("an interrupt stops the loop and is shown in the cell, and later calls run as usual", async () => {
    requireBuild();
    const client = await JupyterClient.start({ argv: kernelspec().argv, cwd: temporaryFolder({ inProject: true }) });
    try {
      await execute(client, 'import { interruptible } from "nonsmooth"; let steps = 0;');
      for (let round = 0; round < 2; round++) {
        const stopped = await execute(client, loop);
        expect(stopped.status).toBe("error");
        expect(stopped.text).toBe("started\nInterrupted: interrupted, run again to continue\n");
      }
      const pause = "await new Promise((resolve) => setTimeout(resolve, 50));";
      const { status, text } = await execute(client, `const before = steps; ${pause} [before > 0, steps - before]`);
      expect({ status, text }).toEqual({ status: "ok", text: "[ true, 0 ]\n" });
      expect((await execute(client, "await interruptible(async () => 6 * 7)")).text).toBe("42\n");
    } finally {
      await client.stop();
    }
  });
});

describe("interruptible in a process", () => {
  const run = async (body: string) => {
    requireBuild();
    const script = `const { interruptible, Interrupted } = require(${JSON.stringify(compiledModule("notebook/index"))});
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const interrupt = () => process.kill(process.pid, "SIGINT");
      (async () => { ${body} })();`;
    return (await promisify(execFile)(process.execPath, ["-e", script])).stdout;
  };

  it("interruptible rejects with Interrupted after SIGINT, even if its work came to its end", async () => {
    const body = `
      const stopped = interruptible(async (signal) => { interrupt(); await pause(20); return signal.reason.message; });
      await stopped.catch((error) => console.log(error instanceof Interrupted, error.message));`;
    expect(await run(body)).toBe("true interrupted, run again to continue\n");
  });

  it("the next work starts when the stopped one has ended, and gets a fresh signal", async () => {
    const body = `
      const first = interruptible(async () => { interrupt(); await pause(60); console.log("first ends"); });
      await pause(20);
      const second = interruptible(async (signal) => { console.log("second", signal.aborted); return 2; });
      await first.catch((error) => console.log(error.name));
      console.log(await second);`;
    expect(await run(body)).toBe("first ends\nInterrupted\nsecond false\n2\n");
  });

  it("a call of interruptible inside another one shares its signal", async () => {
    const body = `
      console.log(await interruptible(async (outer) => interruptible(async (inner) => inner === outer)));`;
    expect(await run(body)).toBe("true\n");
  });

  it("a failure of the work is passed on, and no listener is left", async () => {
    const body = `
      await interruptible(async () => { throw new RangeError("no"); }).catch((error) => console.log(error.name));
      console.log(process.listenerCount("SIGINT"));`;
    expect(await run(body)).toBe("RangeError\n0\n");
  });

  it("a second SIGINT ends the process", async () => {
    const body = "await interruptible(async () => { interrupt(); await pause(20); interrupt(); await pause(5000); });";
    await expect(run(body)).rejects.toMatchObject({ signal: "SIGINT" });
  });
});
