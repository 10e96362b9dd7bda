/** The project's notebooks: notebooks/NN-name.ipynb. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fail, nearest, projectRoot } from "../util";

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
 * The notebook that a word names: a file, a name, or a number (`02`, `2`).
 * @throws NonsmoothError with the nearest known name
 */
export function findNotebook(word: string, files: readonly string[] = notebookFiles()): string {
  if (word.endsWith(".ipynb") && existsSync(word)) return word;
  const wanted = basename(word, ".ipynb");
  const number = /^\d+$/.test(wanted) ? Number(wanted) : undefined;
  const names = files.map(notebookName);
  const found = names.findIndex(
    (name) => name === wanted || (number !== undefined && Number.parseInt(name, 10) === number),
  );
  if (found >= 0) return files[found]!;
  const near = nearest(wanted, names);
  return fail(
    "notebook",
    `must be a file or one of ${names.join(", ") || "the notebooks (there is none)"}`,
    word,
    near && `did you mean ${near}?`,
  );
}
