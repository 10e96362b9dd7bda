import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../util";
import { type FigureFiles, writeFigure } from "./export";
import type { Figure } from "./types";

/**
 * Keeps a figure with what is behind it: `figures/<name>.svg`, `.png`, `.json`, and the rows and manifest of the run in
 * `data/results/<name>/`.
 * @param run where the run's folder is
 * @param root default: the project
 */
export async function saveFigure(
  figure: Figure,
  run: { readonly runDirectory: string },
  root = projectRoot,
): Promise<FigureFiles> {
  const files = await writeFigure(figure, join(root, "figures"));
  const results = join(root, "data", "results", figure.name);
  mkdirSync(results, { recursive: true });
  for (const name of ["rows.jsonl", "manifest.json"]) {
    copyFileSync(join(run.runDirectory, name), join(results, `${name}.tmp`));
    renameSync(join(results, `${name}.tmp`), join(results, name));
  }
  return files;
}
