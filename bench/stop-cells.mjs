/**
 * How long the longest cells of the notebooks take to stop: executes each notebook in a workspace of its own, sends SIGINT to
 * every cell that runs for longer than some seconds, as the stop button does, and says when the kernel was idle, what was
 * shown afterwards, and whether the kernel is of use. `node bench/stop-cells.mjs [seconds] [notebook …]`, after a build.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const library = createRequire(join(root, "dist", "index.js"));
const { JupyterClient } = library("./notebook/jupyter-client.js");
const { kernelspec } = library("./notebook/kernelspec.js");
const { notebookFiles } = library("./cli/notebook-files.js");

const [seconds = "10", ...names] = process.argv.slice(2);
const files = notebookFiles().filter(
  (file) => names.length === 0 || names.some((name) => basename(file).startsWith(name)),
);

/** Milliseconds to watch for outputs of a cell that was stopped. */
const AFTER = 3_000;

async function execute(client, code) {
  let interrupted;
  let idleAt;
  let shown = 0;
  const { id, reply } = client.execute(code);
  client.onBroadcast = ({ type, parent, content }) => {
    if (parent !== id) return;
    if (idleAt !== undefined && type !== "status") shown++;
    if (type === "status" && content.execution_state === "idle") idleAt = performance.now();
  };
  const timer = setTimeout(() => {
    interrupted = performance.now();
    client.signal("SIGINT");
  }, Number(seconds) * 1000);
  const { content } = await reply;
  while (idleAt === undefined) await sleep(2);
  clearTimeout(timer);
  if (interrupted === undefined) return { status: content.status, message: content.evalue };
  await sleep(AFTER);
  return { status: content.status, stopped: (idleAt - interrupted) / 1000, shown, message: content.evalue };
}

for (const file of files) {
  const workspace = mkdtempSync(join(tmpdir(), "nonsmooth-stop-"));
  const env = { NONSMOOTH_WORKSPACE: workspace };
  const client = await JupyterClient.start({ argv: kernelspec().argv, cwd: dirname(file), env });
  try {
    const { cells } = JSON.parse(readFileSync(file, "utf8"));
    for (const [i, cell] of cells.entries()) {
      if (cell.cell_type !== "code") continue;
      const result = await execute(client, [].concat(cell.source).join(""));
      if (result.stopped !== undefined) {
        const { status } = await execute(client, "1 + 1");
        const said = `"${result.message}", ${result.shown} outputs in the ${AFTER / 1000} s behind, next cell ${status}`;
        console.log(`${basename(file, ".ipynb")}, cell ${i + 1}: idle after ${result.stopped.toFixed(2)} s, ${said}`);
      }
      if (result.status !== "ok") {
        if (result.stopped === undefined) console.log(`${basename(file, ".ipynb")}, cell ${i + 1}: ${result.message}`);
        break;
      }
    }
  } finally {
    await client.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}
