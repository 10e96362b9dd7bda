/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first if necessary. */
import { join, resolve } from "node:path";
import { evidenceOf, requireAnswer } from "../experiments";
import { type FigureDefinition, figureDefinition, figures, saveFigure, saveRoot, writeFigure } from "../figures";
import type { Manifest } from "../runs";
import { displayPath, fail, makeWritable, mayReplace, outFolder, type Permission, settled } from "../util";
import { dryRun } from "./dry-run";
import { asUsage, note, print } from "./exit";
import { launch } from "./launch";
import type { LaunchOptions } from "./options";
import { drawnFrom, replacedText } from "./replaced";
import type { SaveFlags } from "./save-flags";
import { dataText } from "./written";

export interface FigureOptions extends LaunchOptions, SaveFlags {
  readonly all?: boolean;
  readonly out?: string;
  readonly as?: string;
  readonly dryRun?: boolean;
}

export async function figure(name: string | undefined, options: FigureOptions): Promise<void> {
  for (const definition of asUsage(() => chosen(name, options))) {
    await (options.dryRun ? plan(definition, options) : draw(definition, options));
  }
}

/** What its run would compute, with its name if there are several. */
async function plan(definition: FigureDefinition, options: FigureOptions): Promise<void> {
  const { name, experiment } = definition;
  if (options.all) print(`${name}: a run of ${experiment.name}`);
  await dryRun(experiment.name, withPreset(definition, options));
  if (options.all) print("");
}

function withPreset<O extends FigureOptions>(definition: FigureDefinition, options: O) {
  const { preset = "laptop" } = options;
  return { ...options, preset, part: asUsage(() => definition.part?.(preset)) };
}

function chosen(name: string | undefined, options: FigureOptions): readonly FigureDefinition[] {
  const { all = false, as, out, inPlace } = options;
  if (all && as !== undefined) fail("--as", "must name the files of one figure, not of all", as);
  if (as !== undefined && !isFileName(as)) {
    const rule = `must be at most ${LONGEST_NAME} letters, digits, dots, dashes and underscores, and begin with a letter or a digit`;
    fail("--as", rule, as);
  }
  if (out !== undefined && inPlace)
    fail("--out", "must not be combined with --in-place, which has its own folder", out);
  if (all === (name !== undefined)) fail("figure", "must be given a name or --all, one of the two", name);
  const found = name === undefined ? figures : [figureDefinition(name)];
  // before the runs, which may take hours
  const { folder, permission } = placeOf(options);
  for (const definition of found) mayReplace(join(folder, `${as ?? definition.name}.json`), permission);
  if (!options.dryRun) tryPlace(folder, options, permission);
  return found;
}

function tryPlace(folder: string, { out }: FigureOptions, permission: Permission): void {
  const root = saveRoot(permission);
  const folders = out === undefined ? [folder, join(root, "data", "results")] : [folder];
  const [what, hint] =
    out === undefined ? [displayPath(root), "--out names another folder for the pictures"] : ["--out"];
  for (const path of folders) makeWritable(what!, path, hint);
}

/** Shorter than any file system's limit, with endings. */
const LONGEST_NAME = 100;
const isFileName = (text: string) => /^[a-z0-9][a-z0-9._-]*$/i.test(text) && text.length <= LONGEST_NAME;

/** The folder of the pictures. A folder that is named overrides the environment. */
function placeOf({ out, ...flags }: FigureOptions): { folder: string; permission: Permission } {
  if (out !== undefined) return { folder: resolve(out), permission: {} };
  const permission = settled(flags);
  return { folder: join(saveRoot(permission), "figures"), permission };
}

async function draw(definition: FigureDefinition, options: FigureOptions): Promise<void> {
  const launchOptions = withPreset(definition, options);
  const { preset, as = definition.name, out } = launchOptions;
  const { rows, config, manifest, runDirectory } = await launch(definition.experiment.name, launchOptions);
  requireAnswer(definition.experiment.name, rows);
  note(`${as}: ${sourceText(manifest, preset, options)}`);
  const drawn = { ...definition.draw({ rows, config, manifest }), name: as };
  const { folder, permission } = placeOf(options);
  const file = join(folder, `${as}.json`);
  const before = drawnFrom(file, options.runs);
  if (out !== undefined) {
    for (const path of Object.values(await writeFigure(drawn, folder, manifest))) print(path);
    tellReplaced(file, before, options);
    return;
  }
  for (const path of Object.values(await saveFigure(drawn, { runDirectory }, permission))) print(path);
  const root = saveRoot(permission);
  print(join(root, "data", "results", as));
  print(join(folder, "README.md"));
  tellReplaced(file, before, options);
  if (root === outFolder) note(`written to ${displayPath(root)}/; the project's own figures are unchanged`);
}

function tellReplaced(file: string, before: ReturnType<typeof drawnFrom>, { runs }: FigureOptions): void {
  const told = replacedText(file, before, drawnFrom(file, runs), runs);
  for (const line of told) note(`${line}\nHint: --as <name> gives the figure of each run files of its own`);
}

/** "preset smoke, changed: widths, runs; data: glyphs, which …" */
function sourceText(manifest: Manifest, preset: string, { set = [], engine }: LaunchOptions): string {
  const keys = new Set([...set.map((text) => text.split("=")[0]!), ...(engine === undefined ? [] : ["engine"])]);
  const changed = keys.size > 0 ? `, changed: ${[...keys].join(", ")}` : "";
  return `preset ${preset}${changed}; ${dataText(evidenceOf(manifest).datasets)}`;
}
