/** Every figure. To add one: its file, and a line in the list. */
import { fail, nearest } from "../util";
import { drawBifurcationFrequency } from "./bifurcation-frequency";
import type { FigureDefinition } from "./definition";
import { drawTrainingCurves } from "./training-curves";

export { drawBifurcationFrequency } from "./bifurcation-frequency";
export type { FigureDefinition, RunRecord } from "./definition";
export {
  type FigureFiles,
  figureHtml,
  figureId,
  figureJson,
  plainText,
  plotlyInitHtml,
  textWidth,
  toPng,
  toSvg,
  wrapText,
  writeFigure,
} from "./export";
export { baseLayout, type LayoutOptions, withLayout } from "./layout";
export { colors, colorway, precisionStyle, type SeriesStyle, sequentialScale, seriesStyle } from "./palette";
export { type Published, published } from "./published";
export { saveFigure, saveResults } from "./save";
export { drawTrainingCurves } from "./training-curves";
export { checkFigure, DEFAULT_SIZE, type Figure, figureSize, type Layout, type TableRow, type Trace } from "./types";

export const figures: readonly FigureDefinition[] = [
  {
    name: "bifurcation-frequency",
    summary:
      "how often ReLU'(0) changes the gradient: by sample size, neurons, layers and batch size, in each precision",
    experiment: "bifurcation-frequency",
    draw: drawBifurcationFrequency,
  },
  {
    name: "training-curves",
    summary: "training loss and test accuracy by epoch, for each value of ReLU'(0) and each kind of run",
    experiment: "training",
    draw: drawTrainingCurves,
  },
];

/** The figure of a name. @throws NonsmoothError with the nearest known name as a hint */
export function figureDefinition(name: string): FigureDefinition {
  const names = figures.map((known) => known.name);
  const near = nearest(name, names);
  const found = figures.find((known) => known.name === name);
  return found ?? fail("figure", `must be one of ${names.join(", ")}`, name, near && `did you mean ${near}?`);
}
