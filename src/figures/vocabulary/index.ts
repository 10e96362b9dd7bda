/** What figures are made of. */
export { accuracyAxis, accuracyRange, chanceLine, chanceOf } from "./accuracy";
export { notingEmpty } from "./empty";
export { errorBars, type PointWithInterval } from "./error-bars";
export { networkName, networkText, shortNetworkName } from "./networks";
export {
  axesOf,
  CUT,
  categoryAxis,
  inPanel,
  offset,
  type Panel,
  panelGrid,
  panelNote,
  type Span,
  shareAxis,
  spans,
} from "./panels";
export { isInReach, notDrawnNote } from "./reach";
export { legendEntry, type Mark, PUBLISHED, publishedSeries, type SeriesOptions, series } from "./series";
export {
  capital,
  captionOf,
  counted,
  datasetOf,
  listed,
  nothingFound,
  paragraph,
  percent,
  type Sentence,
  sourceSentence,
  spread,
  whole,
} from "./words";
export { type ZeroStrip, zeroStrip } from "./zero-strip";
