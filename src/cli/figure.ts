/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first if necessary. */
import { join, resolve } from "node:path";
import { evidenceOf } from "../experiments";
import { type FigureDefinition, figureDefinition, figures, saveFigure, saveRoot, writeFigure } from "../figures";
import type { Manifest } from "../runs";
import { displayPath, fail, makeWritable, mayReplace, outFolder, type Permission, settled } from "../util";
import { asUsage, note, print } from "./exit";
import { launch } from "./launch";
import type { LaunchOptions } from "./options";
import type { SaveFlags } from "./save-flags";
import { dataText } from "./written";

export interface FigureOptions extends LaunchOptions, SaveFlags {
  readonly all?: boolean;
  readonly out?: string;
  readonly as?: string;
}

export async function figure(name: string | undefined, options: FigureOptions): Promise<void> {
  for (const definition of asUsage(() => chosen(name, options))) await draw(definition, options);
}

function chosen(name: string | undefined, options: FigureOptions): readonly FigureDefinition[] {
  const { all = false, as, out, inPlace } = options;
  if (all && as !== undefined) fail("--as", "must name the files of one figure, not of all", as);
  if (as !== undefined && !isFileName(as)) {
    fail("--as", "must be letters, digits, dots, dashes and underscores, and begin with a letter or a digit", as);
  }
  if (out !== undefined && inPlace)
    fail("--out", "must not be combined with --in-place, which has its own folder", out);
  if (all === (name !== undefined)) fail("figure", "must be given a name or --all, one of the two", name);
  const found = name === undefined ? figures : [figureDefinition(name)];
  // before the runs, which may take hours
  const { folder, permission } = placeOf(options);
  for (const definition of found) mayReplace(join(folder, `${as ?? definition.name}.json`), permission);
  makeWritable(out === undefined ? displayPath(saveRoot(permission)) : "--out", folder);
  return found;
}

const isFileName = (text: string) => /^[a-z0-9][a-z0-9._-]*$/i.test(text);

/** The folder of the pictures. A folder that is named overrides the environment. */
function placeOf({ out, ...flags }: FigureOptions): { folder: string; permission: Permission } {
  if (out !== undefined) return { folder: resolve(out), permission: {} };
  const permission = settled(flags);
  return { folder: join(saveRoot(permission), "figures"), permission };
}

async function draw(definition: FigureDefinition, options: FigureOptions): Promise<void> {
  const { preset = "laptop", as = definition.name, out } = options;
  const { rows, config, manifest, runDirectory } = await launch(definition.experiment.name, { ...options, preset });
  note(`${as}: ${sourceText(manifest, preset, options)}`);
  const drawn = { ...definition.draw({ rows, config, manifest }), name: as };
  const { folder, permission } = placeOf(options);
  if (out !== undefined) {
    for (const file of Object.values(await writeFigure(drawn, folder, manifest))) print(file);
    return;
  }
  const files = await saveFigure(drawn, { runDirectory }, permission);
  for (const file of Object.values(files)) print(file);
  const root = saveRoot(permission);
  print(join(root, "data", "results", as));
  print(join(folder, "README.md"));
  if (root === outFolder) note(`written to ${displayPath(root)}/; the project's own figures are unchanged`);
}

/** "preset smoke, changed: widths, runs; data: glyphs, which …" */
function sourceText(manifest: Manifest, preset: string, { set = [], engine }: LaunchOptions): string {
  const keys = new Set([...set.map((text) => text.split("=")[0]!), ...(engine === undefined ? [] : ["engine"])]);
  const changed = keys.size > 0 ? `, changed: ${[...keys].join(", ")}` : "";
  return `preset ${preset}${changed}; ${dataText(evidenceOf(manifest).datasets)}`;
}
