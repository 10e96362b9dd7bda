/** The project's notebooks: notebooks/NN-name.ipynb; and what they rest on. */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { type Evidence, sumOfEvidence } from "../experiments";
import { figuresOf, savedEvidence, savedFigures } from "../figures";
import { type StoredNotebook, storedNotebook } from "../notebook";
import { fail, NonsmoothError, nearest, projectRoot, workspace } from "../util";

/** Paths of the notebooks, in order. */
export function notebookFiles(folder: string = join(projectRoot, "notebooks")): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => /^\d+-.*\.ipynb$/.test(file));
  return files.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((file) => join(folder, file));
}

/** `02-bifurcation-frequency` */
export function notebookName(file: string): string {
  return basename(file, ".ipynb");
}

/**
 * The notebooks that a word names: a file, a name, or all with a number (`02`, `2`).
 * @throws NonsmoothError with the nearest known name
 */
export function findNotebooks(word: string, files: readonly string[] = notebookFiles()): string[] {
  if (word.endsWith(".ipynb") && existsSync(word)) return [word];
  const wanted = basename(word, ".ipynb");
  const number = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const names = files.map(notebookName);
  const found = files.filter((_, i) => names[i] === wanted || Number.parseInt(names[i]!, 10) === number);
  if (found.length > 0) return found;
  const near = nearest(wanted, names);
  return fail(
    "notebook",
    `must be a file or one of ${names.join(", ") || "the notebooks (there is none)"}`,
    word,
    near && `did you mean ${near}?`,
  );
}

/** Whether a file is one of the project's notebooks. */
export function isOurs(file: string): boolean {
  return existsSync(file) && notebookFiles().some((own) => realpathSync(own) === realpathSync(file));
}

/** @throws NonsmoothError for a notebook of the installed package, which the user must not overwrite */
export function requireOwn(file: string): void {
  const isInstalled = projectRoot !== workspace && !relative(projectRoot, resolve(file)).startsWith("..");
  if (isInstalled)
    fail("--in-place", "must be used on your own notebooks, not on those of the installed package", file);
}

/** What the outputs of a notebook rest on, by its metadata or by the figures that it has drawn; undefined if it has no outputs. */
export function notebookEvidence(file: string): Evidence | undefined {
  const stored = storedIn(file);
  if (stored === undefined) return undefined;
  const recorded = recordedEvidence(stored.metadata?.nonsmooth);
  if (recorded) return recorded;
  if (!isOurs(file) || !stored.cells.some(({ outputs = [] }) => outputs.length > 0)) return undefined;
  const figures = figuresOf(notebookName(file), savedFigures(workspace));
  const parts = figures.flatMap((figure) => savedEvidence(workspace, figure) ?? []);
  const { datasets } = sumOfEvidence(parts);
  // two figures may show one run
  const rows = Math.max(0, ...parts.map((part) => part.rows ?? 0));
  // notebooks from before this was recorded were executed with the default preset
  return { preset: "laptop", datasets, ...(rows > 0 && { rows }) };
}

/** The code of all cells of a notebook; none of what is no notebook. */
export function notebookCode(file: string): string {
  const cells = storedIn(file)?.cells.filter(({ cell_type }) => cell_type === "code") ?? [];
  return cells.map(({ source }) => [source].flat().join("")).join("\n");
}

/** undefined for what is no notebook: the runner reports what is wrong with it. */
function storedIn(file: string): StoredNotebook | undefined {
  try {
    return storedNotebook(file);
  } catch (error) {
    if (!(error instanceof NonsmoothError)) throw error;
    return undefined;
  }
}

/** What the runner has written; anything else is not its own. */
function recordedEvidence(value: unknown): Evidence | undefined {
  const { preset, datasets = [], rows } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isOne = rows !== undefined || preset !== undefined;
  const hasTypes =
    ["undefined", "string"].includes(typeof preset) &&
    ["undefined", "number"].includes(typeof rows) &&
    Array.isArray(datasets) &&
    datasets.every((name) => typeof name === "string");
  return isOne && hasTypes ? ({ preset, datasets, rows } as Evidence) : undefined;
}
