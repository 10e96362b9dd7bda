import type { DrawnFrom } from "./definition";
import { type FigureFiles, writeFigure as writeDrawn } from "./export";
import { figureOf, type Plot } from "./plot";
import type { Figure } from "./types";

/**
 * Writes name.svg, name.png (two pixels per pixel), name.json and name.csv (the data behind the picture) into a directory, which is made if it is
 * not there. A layout without a template gets the house layout, with title and caption drawn, as with `show`. Each file is written beside its
 * place and renamed, so that no partial file is ever seen.
 * @param drawnFrom the run that name.json names; default: none
 * @throws NonsmoothError where title or alt is missing; for a folder among the project's committed ones, unless NONSMOOTH_IN_PLACE is 1; then for
 * a run that is weaker evidence than the figure that is there, and where none is given
 * @example
 * ```ts
 * import { mkdtempSync, readdirSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeFigure } from "nonsmooth";
 *
 * const words = { name: "my-loss", title: "Loss by step", caption: "One run.", alt: "The loss falls from 3 to 1." };
 * const folder = mkdtempSync(join(tmpdir(), "figures-"));
 * await writeFigure({ ...words, data: [{ y: [3, 2, 1] }], table: [{ step: 0, loss: 3 }] }, folder);
 * console.log(readdirSync(folder)); // [ 'my-loss.csv', 'my-loss.json', 'my-loss.png', 'my-loss.svg' ]
 * ```
 */
export const writeFigure = async (
  figure: Figure | Plot,
  directory: string,
  drawnFrom?: DrawnFrom,
): Promise<FigureFiles> => writeDrawn(figureOf(figure), directory, drawnFrom);
