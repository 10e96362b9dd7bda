/** The kernel answers whatever a cell does, and the stop button stops. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Executed, type KernelSession, openKernel } from "./session";

let kernel: KernelSession;
beforeAll(async () => {
  kernel = await openKernel();
});
afterAll(() => kernel?.close());

const lives = async () => (await kernel.run("1 + 1")).stdout === "2\n";
const text = ({ error }: Executed) => error?.traceback.join("\n");

describe("replies", () => {
  it("a cell whose value cannot be shown ends with an error, and the kernel goes on", async () => {
    const hostile =
      '({ [Symbol.for("nodejs.util.inspect.custom")]() { throw { get code() { throw 1; }, get message() { throw 2; } }; } })';
    expect((await kernel.run(hostile)).status).toBe("error");
    expect(await lives()).toBe(true);
  });

  it("outputs that are not JSON are reported, and the cell still gets its reply", async () => {
    const circular = `const circle: any = {}; circle.self = circle;
      const { display } = require("tslab");
      for (let i = 0; i < 2_000; i++) display.raw("application/json", i);
      display.raw("application/json", circle); display.raw("application/json", 1n); display.text("last"); "value"`;
    const { status, stdout, stderr, outputs } = await kernel.run(circular);
    expect({ status, stdout }).toEqual({ status: "ok", stdout: "value\n" });
    expect(stderr).toMatch(/^an output cannot be sent: .*circular.*\nan output cannot be sent: .*BigInt.*\n$/is);
    expect(outputs.filter(({ output_type }) => output_type === "display_data")).toHaveLength(2_001);
    expect(await lives()).toBe(true);
  });

  it("a declared value whose type has no name is one line that says what to do, and a type given to it is enough", async () => {
    const start = 'import { DuckDBInstance } from "@duckdb/node-api"; const connection';
    const value = "await (await DuckDBInstance.create()).connect();";
    const { status, stderr, error } = await kernel.run(`${start} = ${value}`);
    expect(status).toBe("error");
    expect(`${stderr}${error?.traceback.join("\n")}`).toMatch(/a value that this cell declares has no name/);
    expect(`${stderr}${error?.traceback.join("\n")}`).not.toContain("Debug Failure");
    expect((await kernel.run(`${start}: any = ${value}`)).status).toBe("ok");
  });
});

describe("the stop button", () => {
  it("the stop button stops a cell that is being compiled", async () => {
    // every cell is compiled with what earlier ones declared; this one's types take a while
    const slow = `type T<N extends number, A extends 0[] = []> = A["length"] extends N ? A : T<N, [...A, 0]>;
      ${Array.from({ length: 15 }, (_, i) => `const t${i}: T<${900 + i}>["length"] = ${900 + i};`).join("\n")}
      console.log("ran");`;
    const running = kernel.run(slow);
    await sleep(500);
    kernel.client.signal("SIGINT");
    const stopped = await running;
    expect({ status: stopped.status, stdout: stopped.stdout, text: text(stopped) }).toEqual({
      status: "error",
      stdout: "",
      text: "interrupted",
    });
    // what it would have declared is not there
    expect(text(await kernel.run("t0"))).toContain("Cannot find name 't0'");
  });

  it("the stop button stops the current cell and aborts the queued ones", async () => {
    const cells = Array.from({ length: 40 }, (_, i) =>
      kernel.run(`console.log(${i}); await new Promise((r) => setTimeout(r, 100));`),
    );
    await cells[2];
    // a reply reaches us at the moment at which the next cell begins, and Node loses a signal then
    await sleep(30);
    kernel.client.signal("SIGINT");
    const states = (await Promise.all(cells)).map(({ status }) => status);
    const failed = states.indexOf("error");
    expect(failed).toBeGreaterThan(2);
    expect(states.slice(0, failed).every((status) => status === "ok")).toBe(true);
    expect(states.slice(failed + 1).every((status) => status === "aborted")).toBe(true);
    expect(states.length - failed).toBeGreaterThan(20);
    expect(await lives()).toBe(true);
  });

  it("a cell that listens to SIGINT itself is stopped too, and its listener is called", async () => {
    const listening = (body: string) => `process.once("SIGINT", () => { ${body} });
      console.log("started"); await new Promise((r) => setTimeout(r, 30_000));`;
    const stopped = await kernel.run(
      listening('stopped = "told"; process.exit(1);').replace(/^/, "let stopped = '';"),
      {
        interruptAfterOutput: true,
      },
    );
    expect(text(stopped)).toContain("interrupted");
    expect((await kernel.run("stopped")).stdout).toBe("told\n");
    // in the first stretch, too
    const endless = 'process.on("SIGINT", () => {}); console.log("started"); for (;;);';
    expect(text(await kernel.run(endless, { interruptAfterOutput: true }))).toBe("interrupted");
    expect(await lives()).toBe(true);
  });
});

describe("what is printed", () => {
  it("text written in hex or base64 is decoded before it is shown", async () => {
    expect((await kernel.run('process.stdout.write("616263", "hex");')).stdout).toMatch(/^abc/);
    expect((await kernel.run('process.stdout.write("YQ==", "base64");')).stdout).toMatch(/^a/);
  });

  it("what is printed right before the process ends still arrives", async () => {
    const last = await openKernel();
    try {
      const lines = 'for (let i = 0; i < 1_000; i++) console.log(i); process.stderr.write("last"); process.exit(3);';
      const said: Record<string, string> = {};
      last.client.onBroadcast = ({ type, content }) => {
        if (type === "stream") said[`${content.name}`] = (said[`${content.name}`] ?? "") + content.text;
      };
      last.client.execute(lines);
      expect(await last.client.ended).toBe("exit code 3");
      await sleep(500);
      expect(said.stdout).toBe(Array.from({ length: 1_000 }, (_, i) => `${i}\n`).join(""));
      expect(said.stderr).toBe("last");
    } finally {
      await last.close();
    }
  });
});
