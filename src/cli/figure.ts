/** `nonsmooth figure`: draws figures from the rows of finished runs, and finishes the runs first where need be. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { type FigureDefinition, figureDefinition, figures, saveResults, writeFigure, writeGallery } from "../figures";
import type { Config } from "../runs";
import { fail, projectRoot } from "../util";
import { asUsage, examples, print } from "./exit";
import { addLaunchOptions, type LaunchOptions, launch } from "./launch";

interface Options extends LaunchOptions {
  readonly all?: boolean;
  readonly out?: string;
  readonly as?: string;
  readonly results?: boolean;
}

export function define(command: Command): void {
  command
    .description(
      "Draws a figure from the rows of a run: of the preset laptop, unless another is asked for. The run is done first if it is not.",
    )
    .argument("[name]", "its name: see `nonsmooth list figures`")
    .option("--all", "every figure");
  addLaunchOptions(command)
    .option("--out <dir>", "folder of the pictures (default: figures of the project)")
    .option("--as <name>", "name of the files, where several runs are drawn (default: the figure's own)")
    .option("--results", "also copy the rows and the manifest to data/results/<name>/ of the project")
    .action(figure);
  examples(command, [
    "npx nonsmooth figure bifurcation-frequency --preset laptop",
    "npx nonsmooth figure --all --preset smoke --out /tmp/figures",
    "npx nonsmooth figure --all --preset laptop --results",
    "npx nonsmooth figure training-curves --preset smoke --as training-glyphs --set optimizers=adam",
  ]);
}

async function figure(name: string | undefined, options: Options): Promise<void> {
  for (const definition of asUsage(() => chosen(name, options))) await draw(definition, options);
}

function chosen(name: string | undefined, { all = false, as }: Options): readonly FigureDefinition[] {
  if (all && as !== undefined) fail("--as", "must name the files of one figure, not of all", as);
  if (all === (name !== undefined)) fail("figure", "must be given a name or --all, one of the two", name);
  return name === undefined ? figures : [figureDefinition(name)];
}

async function draw(definition: FigureDefinition, options: Options): Promise<void> {
  const { rows, config, manifest, runDirectory } = await launch(definition.experiment, {
    preset: "laptop",
    ...options,
  });
  const { as = definition.name } = options;
  const drawn = { ...definition.draw({ rows, config: config as Config, manifest }), name: as };
  const files = await writeFigure(drawn, resolve(options.out ?? join(projectRoot, "figures")), manifest);
  for (const file of Object.values(files)) print(file);
  if (options.results) for (const path of saveResults(as, runDirectory)) print(path);
  if (options.out === undefined) print(writeGallery());
}
