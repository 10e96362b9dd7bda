/** `HTMLCanvasElement` in two dimensions, on Skia: plotly paints heat maps on one and asks for its data URL. */
import type { Canvas } from "@napi-rs/canvas";
import { canvas as skia } from "./packages";

interface CanvasElement {
  readonly width: number;
  readonly height: number;
}

/** The methods for the prototype of a window's canvas element. A context other than "2d" is null: no WebGL. */
export function canvasMethods(): Record<string, unknown> {
  const surfaces = new WeakMap<CanvasElement, Canvas>();
  const surfaceOf = (element: CanvasElement): Canvas => {
    const kept = surfaces.get(element);
    const [width, height] = [Math.max(element.width, 1), Math.max(element.height, 1)];
    if (kept?.width === width && kept.height === height) return kept;
    const surface = skia().createCanvas(width, height);
    surfaces.set(element, surface);
    return surface;
  };
  return {
    getContext(this: CanvasElement, kind: string) {
      return kind === "2d" ? surfaceOf(this).getContext("2d") : null;
    },
    toDataURL(this: CanvasElement) {
      return surfaceOf(this).toDataURL("image/png");
    },
  };
}
