import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readManifest, writeJournal } from "../runs";
import { fail, mayReplace, outFolder, type Permission, settled, workspace, writeTogether } from "../util";
import { type FigureFiles, writeFiles } from "./export";
import { writeGallery } from "./gallery";
import { mayReplaceFigure } from "./origin";
import type { Figure } from "./types";

export interface SaveOptions extends Permission {
  /** The folder that holds figures/ and data/results/; default: out/ of the workspace, in place the workspace. */
  readonly root?: string;
}

/** The folder below which figures, rows and notebooks are written. */
export function saveRoot({ root, ...permission }: SaveOptions = {}): string {
  return root ?? (settled(permission).inPlace ? workspace : outFolder);
}

/**
 * Keeps a figure with what it is based on: `figures/<name>.svg`, `.png`, `.json`, `.csv`, the rows and manifest of the run in
 * `data/results/<name>/`, and its place in the gallery, figures/README.md. All of it goes to the folder out/, which is not committed.
 * @param run where the run's folder is
 * @param options `inPlace` writes over the project's committed figure and rows
 * @throws NonsmoothError in place, if those are stronger evidence: of real data, of a higher preset, of more rows; and where the
 * folder is, by a link, among the committed ones, though `inPlace` is not set
 */
export async function saveFigure(
  figure: Figure,
  run: { readonly runDirectory: string },
  options: SaveOptions = {},
): Promise<FigureFiles> {
  const permission = settled(options);
  const root = saveRoot(options);
  const folder = join(root, "figures");
  const manifest = readManifest(run.runDirectory);
  if (!manifest) fail("saveFigure run", "must be a run's folder, with manifest.json", run.runDirectory);
  mayReplaceFigure(figure.name, folder, manifest, permission, root);
  const results = resultsOf(figure.name, run.runDirectory, root, permission);
  const files = await writeFiles(figure, folder, manifest, results);
  writeGallery(root, permission);
  writeJournal({
    kind: "files",
    files: [files.svg, files.png, files.json, files.csv, ...results.map(([path]) => path)],
  });
  return files;
}

/** Copies a run's rows and manifest to `data/results/<name>/` below a folder; returns their paths. @param root default: out/ */
export function saveResults(
  name: string,
  runDirectory: string,
  root = saveRoot(),
  permission: Permission = {},
): string[] {
  const files = resultsOf(name, runDirectory, root, permission);
  writeTogether(files);
  return files.map(([path]) => path);
}

/** A run's rows and manifest, and where they go; nothing where the same rows of the same run are there: the manifest tells of their making. */
function resultsOf(name: string, runDirectory: string, root: string, permission: Permission) {
  const folder = join(root, "data", "results", name);
  mayReplace(join(folder, "manifest.json"), permission);
  if (isSaved(folder, runDirectory)) return [];
  return ["rows.jsonl", "manifest.json"].map(
    (file) => [join(folder, file), readFileSync(join(runDirectory, file))] as const,
  );
}

function isSaved(folder: string, runDirectory: string): boolean {
  const [there, own] = [folder, runDirectory].map((place) => readManifest(place));
  if (there === undefined || there.hash !== own?.hash || there.status !== own.status) return false;
  const [saved, rows] = [folder, runDirectory].map((place) => join(place, "rows.jsonl"));
  return existsSync(saved!) && readFileSync(saved!).equals(readFileSync(rows!));
}
