/** SVG to PNG, with resvg and the font of the layout alone, so that every machine gives the same picture. */
import { fail } from "../../util";
import { FONT_FAMILY } from "./fonts";
import { fontFiles, resvg } from "./packages";

/**
 * Paints an SVG document on white.
 * @param options.scale pixels of the picture per pixel of the figure, default 2.
 * @example
 * ```ts
 * import { figureOf, toPng, toSvg } from "nonsmooth";
 *
 * const figure = figureOf({ data: [{ y: [3, 2, 1] }], title: "Loss", alt: "The loss falls from 3 to 1." });
 * const png = toPng(await toSvg(figure), { scale: 1 });
 * console.log(png.readUInt32BE(16), png.readUInt32BE(20)); // 760 480
 * ```
 */
export function toPng(svg: string, options: { readonly scale?: number } = {}): Buffer {
  const scale = options.scale ?? 2;
  if (!(scale > 0 && scale <= 16)) fail("PNG scale", "must be above 0 and at most 16", scale);
  const font = {
    loadSystemFonts: false,
    fontFiles: fontFiles(),
    defaultFontFamily: FONT_FAMILY,
    sansSerifFamily: FONT_FAMILY,
  };
  const { Resvg } = resvg();
  return new Resvg(forResvg(svg), { fitTo: { mode: "zoom", value: scale }, background: "white", font })
    .render()
    .asPng();
}

/** resvg 2.6 reads neither quotes inside `url()` nor the value `pixelated`, without which heat maps are blurred. */
function forResvg(svg: string): string {
  return svg
    .replace(/url\((?:'|&quot;)(#[^'")&]+)(?:'|&quot;)\)/g, "url($1)")
    .replace(/image-rendering:\s*pixelated/g, "image-rendering: optimizeSpeed");
}
