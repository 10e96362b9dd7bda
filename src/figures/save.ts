import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, readManifest, writeJournal } from "../runs";
import { fail, mayReplace, outFolder, type Permission, settled, workspace, writeTogether } from "../util";
import { type FigureFiles, writeFiles } from "./export";
import { writeGallery } from "./gallery";
import { keptAs, mayReplaceFigure } from "./origin";
import { figureOf, type Plot } from "./plot";
import type { Figure } from "./types";

export interface SaveOptions extends Permission {
  /** The folder that holds figures/ and data/results/; default: out/ of the workspace, in place the workspace. */
  readonly root?: string;
  /** Further runs that the figure shows. Their rows must be kept already: as those of another figure, or by `saveResults`. */
  readonly beside?: readonly Run[];
}

/** A run, by its folder. */
interface Run {
  readonly runDirectory: string;
}

/** The folder below which figures, rows and notebooks are written. */
export function saveRoot({ root, ...permission }: Omit<SaveOptions, "beside"> = {}): string {
  return root ?? (settled(permission).inPlace ? workspace : outFolder);
}

/**
 * Keeps a figure with what it is based on: `figures/<name>.svg`, `.png`, `.json`, `.csv`, the rows and manifest of the run in
 * `data/results/<name>/`, and its place in the gallery, figures/README.md. All of it goes to the folder out/, which is not committed.
 * @param plot a figure; a layout without a template gets the house layout, with title and caption drawn
 * @param run where the run's folder is
 * @param options `inPlace` writes over the project's committed figure and rows
 * @throws NonsmoothError in place, if those are stronger evidence: of real data, of a higher preset, of more rows; and where the
 * folder is, by a link, among the committed ones, though `inPlace` is not set; where a run beside it is not kept
 * @example
 * ```ts
 * import { mkdtempSync, readdirSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, drawBifurcationFrequency, runExperiment, saveFigure } from "nonsmooth";
 *
 * const root = mkdtempSync(join(tmpdir(), "project-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * const run = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs: join(root, "runs"), workers: 0 });
 * await saveFigure(drawBifurcationFrequency(run), run, { root });
 * console.log(readdirSync(join(root, "figures")), readdirSync(join(root, "data", "results"))); // [
 * //   'README.md',
 * //   'bifurcation-frequency.csv',
 * //   'bifurcation-frequency.json',
 * //   'bifurcation-frequency.png',
 * //   'bifurcation-frequency.svg'
 * // ] [ 'bifurcation-frequency' ]
 * ```
 */
export async function saveFigure(plot: Figure | Plot, run: Run, options: SaveOptions = {}): Promise<FigureFiles> {
  const figure = figureOf(plot);
  const permission = settled(options);
  const root = saveRoot(options);
  const folder = join(root, "figures");
  const manifest = manifestOf(run);
  const beside = options.beside?.map(manifestOf);
  checkBeside(figure.name, root, manifest, beside ?? []);
  const drawnFrom = { ...manifest, ...(beside && { beside }) };
  mayReplaceFigure(figure.name, folder, drawnFrom, permission, root);
  const results = resultsOf(figure.name, run.runDirectory, root, permission);
  const files = await writeFiles(figure, folder, drawnFrom, results);
  writeGallery(root, permission);
  writeJournal({
    kind: "files",
    files: [files.svg, files.png, files.json, files.csv, ...results.map(([path]) => path)],
  });
  return files;
}

function manifestOf({ runDirectory }: Run): Manifest {
  const manifest = readManifest(runDirectory);
  return manifest ?? fail("saveFigure run", "must be a run's folder, with manifest.json", runDirectory);
}

/** Each run once, and each kept under another name: the figure's own folder is about to hold the first run's rows. */
function checkBeside(name: string, root: string, run: Manifest, beside: readonly Manifest[]): void {
  const what = "saveFigure beside";
  const id = ({ experiment, hash }: Manifest) => `${experiment}/${hash}`;
  const all = [run, ...beside].map(id);
  const twice = all.find((one, i) => all.indexOf(one) < i);
  if (twice !== undefined) fail(what, "must be runs that differ from each other and from the figure's own", twice);
  const lost = beside.find((one) => keptAs(root, one, name) === undefined);
  const hint = "saveFigure of its own figure, or saveResults, keeps them";
  if (lost) fail(what, "must be runs whose rows are kept in data/results/ under names of their own", id(lost), hint);
}

/**
 * Copies a run's rows and manifest to `data/results/<name>/` below a folder; returns their paths.
 * @param root default: out/
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { basename, join } from "node:path";
 * import { bifurcationFrequency, runExperiment, saveResults } from "nonsmooth";
 *
 * const root = mkdtempSync(join(tmpdir(), "project-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * const run = await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs: join(root, "runs"), workers: 0 });
 * const files = saveResults("my-run", run.runDirectory, root);
 * console.log(files.map((file) => basename(file))); // [ 'rows.jsonl', 'manifest.json' ]
 * ```
 */
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
