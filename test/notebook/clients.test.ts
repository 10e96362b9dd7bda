/** A kernel's clients come and go: JupyterLab's pages are opened, reloaded and closed while cells print. */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { kernelspec } from "../../src/notebook";
import { JupyterClient } from "../../src/notebook/jupyter-client";
import { tslabFile } from "../../src/notebook/paths";
import { requireBuild, temporaryFolder } from "./support";

/** The part of zeromq.js, which comes with tslab, that matters here. */
interface Subscriber {
  connect(address: string): void;
  subscribe(): void;
  receive(): Promise<unknown>;
  close(): void;
}

const { Subscriber } = createRequire(tslabFile("package.json"))("zeromq") as {
  Subscriber: new (options: { linger: number; receiveTimeout: number }) => Subscriber;
};

/** Listens to the kernel's broadcast until a message comes, and leaves. */
async function comeAndGo(address: string): Promise<void> {
  const socket = new Subscriber({ linger: 0, receiveTimeout: 10_000 });
  socket.connect(address);
  socket.subscribe();
  await socket.receive();
  socket.close();
}

/** Prints numbered lines, some in one turn of the event loop and some in others, until a file appears. */
const printing = (stop: string) => `
import { existsSync } from "fs";
let line = 0;
while (!existsSync(${JSON.stringify(stop)})) {
  for (let k = 0; k < 20; k++) console.log(line++);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
console.log("end", line);`;

it("a kernel outlives 200 clients that come and go while it prints, and loses no line", {
  timeout: 120_000,
}, async () => {
  requireBuild();
  const folder = temporaryFolder({ inProject: true });
  const stop = join(folder, "stop");
  const client = await JupyterClient.start({ argv: kernelspec().argv, cwd: folder });
  try {
    let printed = "";
    const idle = new Set<string>();
    client.onBroadcast = ({ type, parent, content }) => {
      if (type === "stream") printed += content.text;
      if (content.execution_state === "idle") idle.add(parent);
    };
    const { id, reply } = client.execute(printing(stop));
    let clients = 0;
    const visits = async () => {
      for (; clients < 200; clients++) await comeAndGo(client.broadcastAddress);
    };
    const death = client.ended.then((end) => `${end} after ${clients} clients`);
    expect(await Promise.race([visits(), death])).toBeUndefined();
    writeFileSync(stop, "");
    expect((await reply).content.status).toBe("ok");
    while (!idle.has(id)) await sleep(5);
    const lines = printed.trimEnd().split("\n");
    expect(lines.pop()).toBe(`end ${lines.length}`);
    expect(lines.findIndex((line, index) => line !== String(index))).toBe(-1);
  } finally {
    await client.stop();
  }
});
