/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first where need be. */
import { join, resolve } from "node:path";
import { evidenceOf } from "../experiments";
import { type FigureDefinition, figureDefinition, figures, saveFigure, saveRoot, writeFigure } from "../figures";
import type { Config, Manifest } from "../runs";
import { displayPath, fail, makeWritable, outFolder } from "../util";
import { asUsage, note, print } from "./exit";
import { launch } from "./launch";
import type { LaunchOptions } from "./options";
import { type SaveFlags, saveOptions } from "./save-flags";
import { dataText } from "./written";

export interface FigureOptions extends LaunchOptions, SaveFlags {
  readonly all?: boolean;
  readonly out?: string;
  readonly as?: string;
}

export async function figure(name: string | undefined, options: FigureOptions): Promise<void> {
  for (const definition of asUsage(() => chosen(name, options))) await draw(definition, options);
}

function chosen(
  name: string | undefined,
  { all = false, as, out, inPlace }: FigureOptions,
): readonly FigureDefinition[] {
  if (all && as !== undefined) fail("--as", "must name the files of one figure, not of all", as);
  if (out !== undefined && inPlace) fail("--out", "must not come with --in-place, which has its own place", out);
  if (all === (name !== undefined)) fail("figure", "must be given a name or --all, one of the two", name);
  const found = name === undefined ? figures : [figureDefinition(name)];
  // before the runs, which may take hours
  if (out !== undefined) makeWritable("--out", resolve(out));
  return found;
}

async function draw(definition: FigureDefinition, options: FigureOptions): Promise<void> {
  const { preset = "laptop", as = definition.name, out } = options;
  const { rows, config, manifest, runDirectory } = await launch(definition.experiment, { ...options, preset });
  note(`${as}: ${sourceText(manifest, preset)}`);
  const drawn = { ...definition.draw({ rows, config: config as Config, manifest }), name: as };
  if (out !== undefined) {
    for (const file of Object.values(await writeFigure(drawn, resolve(out), manifest))) print(file);
    return;
  }
  const save = saveOptions(options);
  const files = await saveFigure(drawn, { runDirectory }, save);
  for (const file of Object.values(files)) print(file);
  const root = saveRoot(save);
  print(join(root, "data", "results", as));
  print(join(root, "figures", "README.md"));
  if (root === outFolder) note(`written to ${displayPath(root)}/; the project's own figures are as they were`);
}

/** "preset smoke; data: glyphs, which …" */
function sourceText(manifest: Manifest, preset: string): string {
  return `preset ${preset}; ${dataText(evidenceOf(manifest).datasets)}`;
}
