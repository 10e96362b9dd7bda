/** figures/README.md: every picture with its words and where it comes from, in the paper's order. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mayReplace, outFolder, type Permission, writeAtomically } from "../util";
import { figureCommand } from "./command";
import { rowsOf } from "./definition";
import { headingsOf } from "./gallery-headings";
import { originLines, type Results, readResults } from "./origin";
import { readSaved, type Saved, savedFigures } from "./saved";

/** Where a figure stands in the paper (Bertoin, Bolte, Gerchinovitz, Pauwels, NeurIPS 2021), and what draws it. */
interface Place {
  readonly figure: RegExp;
  readonly section: string;
  /** The notebook, without its ending; absent where a command draws it. */
  readonly notebook?: string;
  /** The figure's definition, where a command draws it. */
  readonly definition?: string;
}

/** The gallery's order. A figure that is not here comes after these, with the notebook that names it. */
const places: readonly Place[] = [
  { figure: /^(surprise|zone-plane)$/, section: "introduction", notebook: "01-surprise" },
  { figure: /^bifurcation-frequency$/, section: "section 3", notebook: "02-bifurcation-frequency" },
  {
    figure: /^bifurcation-frequency-bf16$/,
    section: "section 3, with bfloat16",
    definition: "bifurcation-frequency",
  },
  { figure: /^gradient-difference$/, section: "section 3", notebook: "02-bifurcation-frequency" },
  { figure: /^zeros$/, section: "section 4", notebook: "03-zeros" },
  { figure: /^training-(mnist|cifar10)$/, section: "section 4.3", definition: "training-curves" },
  { figure: training("(mlp|vgg\\d+|resnet\\d+|lenet5)"), section: "section 4.3", notebook: "04-training-curves" },
  { figure: training("batch-norm-and-adam-.+"), section: "section 4.3", notebook: "05-batch-norm-and-adam" },
  { figure: training("dropout"), section: "section 4.3", notebook: "07-dropout" },
  { figure: training("imagenet"), section: "section 4.3", notebook: "08-imagenet" },
  {
    figure: /^bifurcation-frequency-networks$/,
    section: "section 4.4",
    notebook: "06-bifurcation-frequency-convnets",
  },
  {
    figure: /^bifurcation-frequency-networks-bf16$/,
    section: "section 4.4, with bfloat16",
    definition: "bifurcation-frequency-networks",
  },
  { figure: /^relu-family$/, section: "the released code, further kinks", notebook: "09-relu-family" },
  {
    figure: /^max-pool-ties-/,
    section: "Boustany 2024, section 4",
    notebook: "12-max-pool-ties",
  },
  {
    figure: /^law(-perceptrons|-precision|-orders|-layers)?$/,
    section: "section 3, explained",
    notebook: "11-law",
  },
  { figure: training("chain-rule-.+"), section: "the released code", notebook: "10-multiply-or-overwrite" },
  { figure: /^harm-.+$/, section: "section 4, as a causal test", notebook: "13-harm" },
];

/** The two pictures of a training, by the end of their names. */
function training(end: string): RegExp {
  return new RegExp(`^(training-curves|final-accuracy)-${end}$`);
}

/** The figures that a notebook draws, among some names. */
export function figuresOf(notebook: string, names: readonly string[]): string[] {
  return names.filter((name) => places.some((place) => place.notebook === notebook && place.figure.test(name)));
}

interface Entry extends Saved {
  readonly name: string;
  readonly section?: string;
  readonly notebook?: string;
  readonly definition?: string;
  readonly results: Results;
  /** Lines on where it comes from. */
  readonly origin: readonly string[];
}

/**
 * Rewrites figures/README.md from what is saved in figures/ and data/results/: order, titles, captions, alternative texts,
 * rows and runs. The same files give the same text. Returns its path.
 * @param root default: out/ of the workspace
 */
export function writeGallery(root = outFolder, permission: Permission = {}): string {
  const path = join(root, "figures", "README.md");
  mayReplace(path, permission);
  const entries = savedFigures(root).map((name) => entryOf(root, name));
  writeAtomically(path, galleryText(entries.sort(byPlace)));
  return path;
}

function entryOf(root: string, name: string): Entry {
  const place = places.find(({ figure }) => figure.test(name));
  const notebook = place ? place.notebook : notebookNaming(root, name);
  const isThere = notebook !== undefined && existsSync(join(root, "notebooks", `${notebook}.ipynb`));
  const saved = savedOrBroken(root, name);
  return {
    ...saved,
    name,
    section: place?.section,
    notebook: isThere ? notebook : undefined,
    definition: place?.definition,
    results: readResults(root, name),
    origin: originLines(root, name, saved.run),
  };
}

/** A damaged file is listed with its problem: it must not keep other figures from being saved. */
function savedOrBroken(root: string, name: string): Saved {
  try {
    return readSaved(root, name);
  } catch (error) {
    return { title: name, alt: "unknown", caption: `Broken: ${(error as Error).message}`, table: [] };
  }
}

/** The first notebook in whose source the name stands in quotes. */
function notebookNaming(root: string, figure: string): string | undefined {
  const folder = join(root, "notebooks");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".ipynb")) : [];
  const found = files.sort().find((file) => sourceOf(join(folder, file)).includes(`"${figure}"`));
  return found?.slice(0, -".ipynb".length);
}

function sourceOf(file: string): string {
  try {
    const { cells = [] } = JSON.parse(readFileSync(file, "utf8")) as { cells?: { source: string | string[] }[] };
    return cells.flatMap(({ source }) => source).join("");
  } catch {
    return ""; // a damaged notebook names no figure
  }
}

function byPlace(a: Entry, b: Entry): number {
  const rank = ({ name }: Entry) => places.findIndex(({ figure }) => figure.test(name)) + 1 || places.length + 1;
  const key = ({ notebook = "", name }: Entry) => `${notebook} ${name}`;
  return rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1);
}

function galleryText(entries: readonly Entry[]): string {
  const headings = headingsOf(entries);
  const lines = entries.map((entry) => {
    const { name, title, section = "" } = entry;
    return `| [${name}](#${name}) | ${cell(title)} | ${section} | ${drawnBy(entry)} | ${size(entry)} |`;
  });
  return `${[
    "# Figures",
    "In the order of the paper. Written by the program whenever a figure is saved: change the figures, not this file.",
    ["| figure | question | paper | drawn by | rows |", "|---|---|---|---|---|", ...lines].join("\n"),
    ...entries.map((entry, i) => entryText(entry, headings[i]!)),
  ].join("\n\n")}\n`;
}

function entryText(entry: Entry, heading: string): string {
  const { name, alt, caption, origin } = entry;
  const files = `[data](${name}.csv), [SVG](${name}.svg), [specification](${name}.json)`;
  return [
    `<a id="${name}"></a>`,
    `## ${oneLine(heading)}`,
    `![${oneLine(alt).replace(/[[\]]/g, "\\$&")}](${name}.png)`,
    oneLine(caption),
    [`- drawn by ${commandOf(entry) ?? drawnBy(entry)}`, `- rows: ${size(entry)}`, ...origin, `- files: ${files}`].join(
      "\n",
    ),
  ].join("\n\n");
}

const drawnBy = ({ notebook }: Entry): string =>
  notebook === undefined ? "`npx nonsmooth figure`" : `[${notebook}](../notebooks/${notebook}.ipynb)`;

/** The whole command, where one draws the figure from the rows that are kept. */
function commandOf({ name, definition, results }: Entry): string | undefined {
  const { manifest } = results;
  return definition && manifest && `\`${figureCommand(definition, name, manifest)}\``;
}

/** How many rows the figure rests on; what a row is, and how many are behind a point, is in the caption. */
function size({ run, results }: Entry): string {
  const known = run ?? results.manifest;
  return known ? rowsOf(known).toLocaleString("en") : "see the caption";
}

/** plotly's titles have line breaks and some HTML. */
const oneLine = (text: string): string =>
  text
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();

const cell = (text: string): string => oneLine(text).replaceAll("|", "\\|");
