/** Notebooks in a temporary folder, executed by the runner in real kernels. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type RunOptions, type RunResult, runNotebook } from "../../src/notebook";
import { compiledModule, projectRoot } from "../../src/util";

export interface StoredOutput {
  output_type: string;
  name?: string;
  text?: string[];
  data?: Record<string, string | string[]>;
  metadata?: object;
  traceback?: string[];
}

export interface StoredCell {
  id: string;
  execution_count: number | null;
  metadata: Record<string, unknown>;
  outputs: StoredOutput[];
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder, removed after the file's tests. In the project, notebooks can import the package by its name. */
export function temporaryFolder({ inProject = false } = {}): string {
  const parent = inProject ? join(projectRoot, ".jupyter") : tmpdir();
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "test-"));
  folders.push(folder);
  return folder;
}

/** The kernel is a compiled program, and notebooks import the compiled package. */
export function requireBuild(): void {
  for (const module of ["notebook/tslab/main", "index"]) {
    if (!existsSync(compiledModule(module))) throw new Error(`no ${compiledModule(module)}\nHint: npm run build`);
  }
}

type CellSource = string | { source: string; tags: string[] };

/** Writes a notebook with these code cells and returns its path. */
export function writeCells(folder: string, cells: readonly CellSource[]): string {
  const file = join(folder, "notebook.ipynb");
  const stored = cells.map((cell, index) => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: undefined } : cell;
    const metadata = { execution: { "iopub.status.busy": "2024-01-01T00:00:00Z" }, ...(tags && { tags }) };
    return { cell_type: "code", id: `id-${index}`, metadata, source, outputs: [], execution_count: null };
  });
  writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: stored }));
  return file;
}

export interface Executed extends RunResult {
  file: string;
  text: string;
  stored: StoredCell[];
}

/** Executes code cells in a fresh kernel. */
export async function runCells(
  cells: readonly CellSource[],
  options: RunOptions & { inProject?: boolean } = {},
): Promise<Executed> {
  requireBuild();
  const folder = temporaryFolder(options);
  const file = writeCells(folder, cells);
  const out = join(folder, "executed.ipynb");
  const result = await runNotebook(file, { timeout: 30, ...options, out });
  const text = readFileSync(out, "utf8");
  return { ...result, file, text, stored: JSON.parse(text).cells };
}

/** The text of one stream of a cell. */
export function streamText(cell: StoredCell | undefined, name: string): string {
  return (cell?.outputs ?? []).flatMap((output) => (output.name === name ? (output.text ?? []) : [])).join("");
}

/** What a cell that failed says. */
export function errorText(cell: StoredCell | undefined): string {
  return (cell?.outputs ?? []).flatMap(({ traceback = [] }) => traceback).join("\n");
}
