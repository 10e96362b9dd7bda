import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { kernelspec } from "../../src/notebook";
import { JupyterClient } from "../../src/notebook/jupyter-client";
import { requireBuild, temporaryFolder } from "./support";

it("an import of the package keeps a kernel without the preload from losing lines", async () => {
  requireBuild();
  const argv = kernelspec().argv.filter((part) => part !== "-r" && !part.endsWith("preload.js"));
  expect(argv).toHaveLength(kernelspec().argv.length - 2);
  const client = await JupyterClient.start({ argv, cwd: temporaryFolder({ inProject: true }) });
  try {
    let lines = 0;
    const idle = new Set<string>();
    client.onBroadcast = ({ type, parent, content }) => {
      if (type === "stream") lines++;
      if (content.execution_state === "idle") idle.add(parent);
    };
    await client.execute('import { inKernel } from "nonsmooth"; let x = inKernel();').reply;
    const { id, reply } = client.execute("for (let i = 0; i < 50_000; i++) console.log(i);");
    await reply;
    while (!idle.has(id)) await sleep(5);
    expect(lines).toBe(50_000);
  } finally {
    await client.stop();
  }
});
