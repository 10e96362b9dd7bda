/** The four files of a figure. */
import { join } from "node:path";
import { decode, toCsv } from "../../runs";
import { writeTogether } from "../../util";
import type { DrawnFrom } from "../definition";
import { mayReplaceFigure } from "../origin";
import type { Figure } from "../types";
import { figureJson } from "./json";
import { toPng } from "./png";
import { toSvg } from "./svg";

/** Paths of the files of a figure. */
export interface FigureFiles {
  readonly svg: string;
  readonly png: string;
  readonly json: string;
  readonly csv: string;
}

/**
 * Writes name.svg, name.png (two pixels per pixel), name.json (see `figureJson`) and name.csv (the data behind the picture)
 * into a directory, which is made if it is not there. Each file is written beside its place and renamed, so that no partial file is ever seen.
 * @param drawnFrom the run that name.json names; default: none
 * @throws NonsmoothError for a folder among the project's committed ones, unless NONSMOOTH_IN_PLACE is 1; then for a run that is
 * weaker evidence than the figure that is there, and where none is given
 */
export async function writeFigure(figure: Figure, directory: string, drawnFrom?: DrawnFrom): Promise<FigureFiles> {
  mayReplaceFigure(figure.name, directory, drawnFrom);
  return writeFiles(figure, directory, drawnFrom);
}

/** The same for whoever has asked whether it may; `others` are written together with them. */
export async function writeFiles(
  figure: Figure,
  directory: string,
  drawnFrom?: DrawnFrom,
  others: readonly (readonly [path: string, content: Uint8Array])[] = [],
): Promise<FigureFiles> {
  const svg = await toSvg(figure);
  const json = figureJson(figure, drawnFrom);
  const { table } = decode(json) as Pick<Figure, "table">;
  const contents = { svg, png: toPng(svg), json, csv: toCsv(table) };
  const pathOf = (kind: keyof FigureFiles): string => join(directory, `${figure.name}.${kind}`);
  const own = (["svg", "png", "json", "csv"] as const).map((kind) => [pathOf(kind), contents[kind]] as const);
  writeTogether([...others, ...own]);
  return { svg: pathOf("svg"), png: pathOf("png"), json: pathOf("json"), csv: pathOf("csv") };
}
