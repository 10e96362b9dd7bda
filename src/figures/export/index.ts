export { FONT_FAMILY, FONT_STACK } from "./fonts";
export { figureHtml, figureId, plotlyInitHtml, scriptJson, specLength } from "./html";
export { figureJson, type Spec, specOf } from "./json";
export { toPng } from "./png";
export { toSvg, xml } from "./svg";
export { LINE_HEIGHT, plainText, textWidth, wrapText } from "./text";
export { type FigureFiles, writeFigure, writeFiles } from "./write";
