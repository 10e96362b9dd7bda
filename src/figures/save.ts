import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { evidenceOf, refuseWeaker } from "../experiments";
import { readManifest, writeJournal } from "../runs";
import { fail, makeFolder, outFolder, workspace } from "../util";
import { type FigureFiles, writeFigure } from "./export";
import { writeGallery } from "./gallery";
import { savedEvidence } from "./origin";
import type { Figure } from "./types";

export interface SaveOptions {
  /**
   * Into the project's own figures/ and data/results/, which are committed, and not into out/; default: whether the environment
   * variable NONSMOOTH_IN_PLACE is 1.
   */
  readonly inPlace?: boolean;
  /** In place of stronger evidence, too; default: whether NONSMOOTH_FORCE is 1. */
  readonly force?: boolean;
  /** The folder that holds figures/ and data/results/; default: out/ of the workspace, in place the workspace. */
  readonly root?: string;
}

/** The folder below which figures, rows and notebooks are written. */
export function saveRoot({ inPlace = process.env.NONSMOOTH_IN_PLACE === "1", root }: SaveOptions = {}): string {
  return root ?? (inPlace ? workspace : outFolder);
}

/**
 * Keeps a figure with what is behind it: `figures/<name>.svg`, `.png`, `.json`, `.csv`, the rows and manifest of the run in
 * `data/results/<name>/`, and its place in the gallery, figures/README.md. All of it goes to the folder out/, which is not committed.
 * @param run where the run's folder is
 * @param options `inPlace` writes over the project's committed figure and rows
 * @throws NonsmoothError in place, if those are stronger evidence: of real data, of a higher preset, of more rows
 */
export async function saveFigure(
  figure: Figure,
  run: { readonly runDirectory: string },
  options: SaveOptions = {},
): Promise<FigureFiles> {
  const { inPlace = process.env.NONSMOOTH_IN_PLACE === "1", force = process.env.NONSMOOTH_FORCE === "1" } = options;
  const root = saveRoot(options);
  const manifest = readManifest(run.runDirectory);
  if (!manifest) fail("saveFigure run", "must be a run's folder, with manifest.json", run.runDirectory);
  if (inPlace && !force) {
    refuseWeaker(`figures/${figure.name}`, evidenceOf(manifest), savedEvidence(root, figure.name));
  }
  const results = saveResults(figure.name, run.runDirectory, root);
  const files = await writeFigure(figure, join(root, "figures"), manifest);
  writeGallery(root);
  writeJournal({ kind: "files", files: [files.svg, files.png, files.json, files.csv, ...results] });
  return files;
}

/** Copies a run's rows and manifest to `data/results/<name>/` below a folder; returns their paths. @param root default: out/ */
export function saveResults(name: string, runDirectory: string, root = saveRoot()): string[] {
  const folder = join(root, "data", "results", name);
  makeFolder(folder);
  return ["rows.jsonl", "manifest.json"].map((file) => {
    const path = join(folder, file);
    copyFileSync(join(runDirectory, file), `${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    return path;
  });
}
