/** The same notebook through Python's nbclient, with our kernelspec: an independent implementation of what the runner does. */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { runNotebook, writeKernelspec } from "../../src/notebook";
import { requireBuild, type StoredCell, type StoredOutput, temporaryFolder, writeCells } from "./support";

const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import nbclient, nbformat"], { stdio: "ignore" }).status === 0,
);

const script = `
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(notebook, kernel_name="nonsmooth", timeout=60, allow_errors=True).execute()
nbformat.write(notebook, sys.argv[1])
`;

const cells = [
  'import { newDisplay, display } from "tslab"; import { showTable, showMarkdown, show } from "nonsmooth";',
  'console.log("a"); console.log("b"); console.error("c"); for (let i = 0; i < 2000; i++) console.log(i);',
  'showTable([{ a: 1 / 3, b: "é <x>" }]); showMarkdown("# T\\n\\ntext");',
  'const d = newDisplay(); d.html("<b>1</b>"); d.html("<b>2</b>");',
  'd.html("<b>3</b>"); display.png(new Uint8Array([1, 2, 3]));',
  `await show({ name: "f", title: "T", alt: "Two points.", caption: "", table: [], layout: {}, data: [{ y: [1, 2] }] });`,
  'throw new Error("last");',
];

/** What the runner leaves out of a figure: its live form. */
function still(output: object): object {
  const { data, metadata } = output as { data?: Record<string, unknown>; metadata?: Record<string, unknown> };
  if (!metadata?.nonsmooth) return output;
  const { "text/html": live, ...kept } = data!;
  expect(live).toBeDefined();
  return { ...output, data: kept, metadata: { "image/png": metadata["image/png"] } };
}

/** nbclient keeps each printed piece as an output of its own. */
function merged(outputs: readonly StoredOutput[]): object[] {
  const result: { output_type: string; name?: string; text?: string; data?: object; metadata?: object }[] = [];
  for (const { text, ...output } of outputs) {
    const last = result.at(-1);
    if (output.output_type !== "stream") result.push(output);
    else if (last?.output_type === "stream" && last.name === output.name) last.text += (text ?? []).join("");
    else result.push({ ...output, text: (text ?? []).join("") });
  }
  return result;
}

it.skipIf(python === undefined)("nbclient and our runner make the same outputs", async () => {
  requireBuild();
  const folder = temporaryFolder({ inProject: true });
  const file = writeCells(folder, cells);
  const theirs = join(folder, "nbclient.ipynb");
  copyFileSync(file, theirs);
  const kernel = writeKernelspec({ folder });
  const env = { ...process.env, JUPYTER_PATH: dirname(dirname(dirname(kernel))), PYTHONWARNINGS: "ignore" };
  execFileSync(python!, ["-c", script, theirs], { env, cwd: folder, stdio: "pipe" });
  const { failure } = await runNotebook(file, { timeout: 60, keepGoing: true });
  expect(failure?.cell).toBe(cells.length);
  const [ours, others] = [file, theirs].map((name) => JSON.parse(readFileSync(name, "utf8")).cells as StoredCell[]);
  expect(ours?.map((cell) => cell.execution_count)).toEqual(others?.map((cell) => cell.execution_count));
  for (const [index, cell] of ours!.entries())
    expect(merged(cell.outputs)).toEqual(merged(others![index]!.outputs).map(still));
});
