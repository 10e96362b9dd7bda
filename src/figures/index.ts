/** Every figure. To add one: its file, and a line in the list. */
import {
  bifurcationFrequency,
  bifurcationFrequencyNetworks,
  gradientDifference,
  harm,
  law,
  lawArm,
  maxPoolTies,
  reluFamily,
  surprise,
  training,
  zeros,
  zonePlane,
} from "../experiments";
import type { Row } from "../runs";
import { requireName } from "../util";
import { drawBifurcationFrequency } from "./bifurcation-frequency";
import { drawBifurcationFrequencyNetworks, drawReluFamily } from "./bifurcation-frequency-networks";
import type { FigureDefinition } from "./definition";
import { drawFinalAccuracy } from "./final-accuracy";
import { drawGradientDifference } from "./gradient-difference";
import { drawHarm } from "./harm";
import { drawLaw } from "./law";
import { drawLawLayers } from "./law-layers";
import { drawLawOrders } from "./law-orders";
import { drawLawPrecision } from "./law-precision";
import { drawMaxPoolTies } from "./max-pool-ties";
import { drawSurprise } from "./surprise";
import { drawTrainingCurves } from "./training-curves";
import { drawZeros } from "./zeros";
import { drawZonePlane } from "./zone-plane";

export { drawBifurcationFrequency } from "./bifurcation-frequency";
export { drawBifurcationFrequencyNetworks, drawReluFamily } from "./bifurcation-frequency-networks";
export { darkColors, darkFigure, type Theme } from "./dark";
export type { DrawnFrom, FigureDefinition, RunRecord } from "./definition";
export {
  type FigureFiles,
  figureHtml,
  figureId,
  figureJson,
  plainText,
  plotlyInitHtml,
  type Spec,
  scriptJson,
  specLength,
  specOf,
  textWidth,
  toPng,
  toSvg,
  wrapText,
} from "./export";
export { drawFinalAccuracy } from "./final-accuracy";
export { figuresOf, writeGallery } from "./gallery";
export { drawGradientDifference } from "./gradient-difference";
export { drawHarm } from "./harm";
export { drawLaw } from "./law";
export { drawLawLayers } from "./law-layers";
export { drawLawOrders } from "./law-orders";
export { drawLawPrecision } from "./law-precision";
export { baseLayout, type LayoutOptions, withLayout } from "./layout";
export { drawMaxPoolTies } from "./max-pool-ties";
export { savedEvidence } from "./origin";
export { colors, colorway, precisionStyle, type SeriesStyle, sequentialScale, seriesStyle } from "./palette";
export { figureOf, isFigure, type Plot } from "./plot";
export {
  type PublishedAccuracy,
  type PublishedEpoch,
  type PublishedFrequency,
  type PublishedMaxPoolTies,
  type PublishedNetwork,
  type PublishedTables,
  type PublishedZeros,
  type PublishedZerosOfEpoch,
  published,
} from "./published";
export { type SaveOptions, saveFigure, saveResults, saveRoot } from "./save";
export { figureTable, newestRoot, savedFigures, savedFile } from "./saved";
export {
  type Interval,
  linearScale,
  logarithmicScale,
  percentTick,
  type Scale,
  type Sketch,
  type SketchPanel,
  type SketchSeries,
  type SketchSize,
  sketchSvg,
} from "./sketch";
export { drawSurprise } from "./surprise";
export { drawTrainingCurves } from "./training-curves";
export { checkFigure, DEFAULT_SIZE, type Figure, figureSize, type Layout, type TableRow, type Trace } from "./types";
export { accuracyRange, counted, errorBars, type PointWithInterval, percent, whole } from "./vocabulary";
export { writeFigure } from "./write";
export { drawZeros } from "./zeros";
export { drawZonePlane } from "./zone-plane";

/** A figure that takes the configuration and the rows of its experiment. */
const bound = <C extends object, R extends Row>(figure: FigureDefinition<C, R>): FigureDefinition => figure;

/**
 * Every figure, with its experiment: one line each.
 *
 * @example
 * ```ts
 * import { figures } from "nonsmooth";
 *
 * for (const { name, experiment } of figures.slice(0, 3)) console.log(name, experiment.name); // bifurcation-frequency bifurcation-frequency
 * // final-accuracy training
 * // training-curves training
 * ```
 */
export const figures: readonly FigureDefinition[] = [
  bound({
    name: "bifurcation-frequency",
    summary:
      "how often ReLU'(0) changes the gradient: by sample size, neurons, layers and batch size, in each precision",
    experiment: bifurcationFrequency,
    draw: drawBifurcationFrequency,
  }),
  bound({
    name: "final-accuracy",
    summary: "test accuracy after training by ReLU'(0), run by run, with paired differences and the published numbers",
    experiment: training,
    draw: drawFinalAccuracy,
  }),
  bound({
    name: "training-curves",
    summary: "training loss and test accuracy by epoch, for each value of ReLU'(0) and each kind of run",
    experiment: training,
    draw: drawTrainingCurves,
  }),
  bound({
    name: "surprise",
    summary: "distance of weights trained with ReLU'(0) = 1 and 0, and the smallest pre-activation, by iteration",
    experiment: surprise,
    draw: drawSurprise,
  }),
  bound({
    name: "zone-plane",
    summary: "the pre-activation on a plane of weights around an exact zero, in 64 and 32 bits",
    experiment: zonePlane,
    draw: drawZonePlane,
  }),
  bound({
    name: "bifurcation-frequency-networks",
    summary: "how often ReLU'(0) changes the gradient of convolutional networks: by mini-batch and by sample size",
    experiment: bifurcationFrequencyNetworks,
    draw: drawBifurcationFrequencyNetworks,
  }),
  bound({
    name: "relu-family",
    summary: "how often the kinks of ReLU, LeakyReLU and ReLU6 change the gradient: by mini-batch and by sample size",
    experiment: reluFamily,
    draw: drawReluFamily,
  }),
  bound({
    name: "gradient-difference",
    summary: "size of the gradient's difference between two values of ReLU'(0), and how many mini-batches have one",
    experiment: gradientDifference,
    draw: drawGradientDifference,
  }),
  bound({
    name: "law",
    summary: "exact zeros of a pass, predicted and counted: a point for each network and precision",
    experiment: law,
    draw: drawLaw,
  }),
  bound({
    name: "law-precision",
    summary: "share of initialisations that meet an exact zero, by significand bits, for both accumulators",
    experiment: law,
    part: (preset) => lawArm("precision", preset),
    draw: drawLawPrecision,
  }),
  bound({
    name: "law-orders",
    summary: "the same share at 32 bits for several orders of summation, beside the published one",
    experiment: law,
    part: (preset) => lawArm("orders", preset),
    draw: drawLawOrders,
  }),
  bound({
    name: "law-layers",
    summary: "exact zeros layer by layer, predicted and counted; sums of residual branches apart",
    experiment: law,
    part: (preset) => lawArm("networks", preset),
    draw: drawLawLayers,
  }),
  bound({
    name: "zeros",
    summary: "exact zeros among ReLU calls in training: by architecture, epoch and layer, in each precision",
    experiment: zeros,
    draw: drawZeros,
  }),
  bound({
    name: "max-pool-ties",
    summary: "test accuracy by the value at ties of max-pooling, with the exact maximum and with the rounded mixture",
    experiment: maxPoolTies,
    draw: drawMaxPoolTies,
  }),
  bound({
    name: "harm",
    summary: "accuracy against ReLU'(0) = 0 in paired trainings, beside trainings that differ by one rounding",
    experiment: harm,
    draw: drawHarm,
  }),
];

/** The figure of a name. @throws NonsmoothError with the nearest known name as a hint */
export function figureDefinition(name: string): FigureDefinition {
  const names = figures.map((known) => known.name);
  return figures[names.indexOf(requireName("figure", names, name))]!;
}
