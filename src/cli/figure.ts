/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first where need be. */
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { evidenceOf } from "../experiments";
import { type FigureDefinition, figureDefinition, figures, saveFigure, saveRoot, writeFigure } from "../figures";
import type { Config, Manifest } from "../runs";
import { displayPath, fail, makeWritable, outFolder } from "../util";
import { asUsage, examples, note, print } from "./exit";
import { addLaunchOptions, type LaunchOptions, launch } from "./launch";
import { addSaveOptions, type SaveFlags, saveOptions } from "./save-flags";
import { dataText } from "./written";

interface Options extends LaunchOptions, SaveFlags {
  readonly all?: boolean;
  readonly out?: string;
  readonly as?: string;
}

export function define(command: Command): void {
  command
    .description(
      "Draws a figure from the rows of a run: of the preset laptop, unless another is asked for. The run is done first if it is not. " +
        "Pictures, rows and a gallery go to out/.",
    )
    .argument("[name]", "its name: see `nonsmooth list figures`")
    .option("--all", "every figure");
  addLaunchOptions(command)
    .option("--out <dir>", "only the pictures, and into this folder")
    .option("--as <name>", "name of the files, where several runs are drawn (default: the figure's own)")
    // from when the rows were kept on demand only
    .addOption(new Option("--results").hideHelp());
  addSaveOptions(command, "the project's figures/ and data/results/").action(figure);
  examples(command, [
    "npx nonsmooth figure bifurcation-frequency --preset laptop",
    "npx nonsmooth figure --all --preset smoke --out /tmp/figures",
    "npx nonsmooth figure --all --preset laptop --in-place",
    "npx nonsmooth figure training-curves --preset smoke --as training-glyphs --set optimizers=adam",
  ]);
}

async function figure(name: string | undefined, options: Options): Promise<void> {
  for (const definition of asUsage(() => chosen(name, options))) await draw(definition, options);
}

function chosen(name: string | undefined, { all = false, as, out, inPlace }: Options): readonly FigureDefinition[] {
  if (all && as !== undefined) fail("--as", "must name the files of one figure, not of all", as);
  if (out !== undefined && inPlace) fail("--out", "must not come with --in-place, which has its own place", out);
  if (all === (name !== undefined)) fail("figure", "must be given a name or --all, one of the two", name);
  const found = name === undefined ? figures : [figureDefinition(name)];
  // before the runs, which may take hours
  if (out !== undefined) makeWritable("--out", resolve(out));
  return found;
}

async function draw(definition: FigureDefinition, options: Options): Promise<void> {
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
