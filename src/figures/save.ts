import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { readManifest } from "../runs";
import { fail, projectRoot } from "../util";
import { type FigureFiles, writeFigure } from "./export";
import { writeGallery } from "./gallery";
import type { Figure } from "./types";

/**
 * Keeps a figure with what is behind it: `figures/<name>.svg`, `.png`, `.json`, `.csv`, the rows and manifest of the run in
 * `data/results/<name>/`, and its place in the gallery, figures/README.md.
 * @param run where the run's folder is
 * @param root default: the project
 */
export async function saveFigure(
  figure: Figure,
  run: { readonly runDirectory: string },
  root = projectRoot,
): Promise<FigureFiles> {
  const manifest = readManifest(run.runDirectory);
  if (!manifest) fail("saveFigure run", "must be a run's folder, with manifest.json", run.runDirectory);
  saveResults(figure.name, run.runDirectory, root);
  const files = await writeFigure(figure, join(root, "figures"), manifest);
  writeGallery(root);
  return files;
}

/** Copies a run's rows and manifest to `data/results/<name>/`, where they are committed; returns their paths. */
export function saveResults(name: string, runDirectory: string, root = projectRoot): string[] {
  const folder = join(root, "data", "results", name);
  mkdirSync(folder, { recursive: true });
  return ["rows.jsonl", "manifest.json"].map((file) => {
    const path = join(folder, file);
    copyFileSync(join(runDirectory, file), `${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    return path;
  });
}
