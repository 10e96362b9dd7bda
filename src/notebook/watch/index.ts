export type { WatchedEpoch, WatchedStep, WatchedZeros } from "./course";
export { type Drawing, type FigureView, figureView } from "./figure";
export { type TrainingEvents, type Watched, type WatchOptions, watch } from "./watch";
