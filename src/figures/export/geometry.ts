/** Boxes and affine maps of SVG user space: SVG 1.1, section 7.6, The 'transform' attribute. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** (x, y) ↦ (a x + c y + e, b x + d y + f), as [a, b, c, d, e, f]. */
export type Affine = readonly [number, number, number, number, number, number];

export const EMPTY_BOX: Box = { x: 0, y: 0, width: 0, height: 0 };
const IDENTITY: Affine = [1, 0, 0, 1, 0, 0];

/** The smallest box around some points; the empty box if there are none. */
export function boxOf(points: Iterable<readonly [number, number]>): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return left > right ? EMPTY_BOX : { x: left, y: top, width: right - left, height: bottom - top };
}

export function corners({ x, y, width, height }: Box): [number, number][] {
  return [
    [x, y],
    [x + width, y],
    [x, y + height],
    [x + width, y + height],
  ];
}

/** The box around the image of a box. */
export function mapBox([a, b, c, d, e, f]: Affine, box: Box): Box {
  return boxOf(corners(box).map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]));
}

/** First `inner`, then `outer`. */
function compose(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

function rotation(degrees: number, x: number, y: number): Affine {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return compose(compose([1, 0, 0, 1, x, y], [cos, sin, -sin, cos, 0, 0]), [1, 0, 0, 1, -x, -y]);
}

const PRIMITIVES: Readonly<Record<string, (v: readonly number[]) => Affine>> = {
  translate: ([x = 0, y = 0]) => [1, 0, 0, 1, x, y],
  scale: ([x = 1, y = x]) => [x, 0, 0, y, 0, 0],
  rotate: ([angle = 0, x = 0, y = 0]) => rotation(angle, x, y),
  matrix: ([a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]) => [a, b, c, d, e, f],
};

/** The map of a `transform` attribute: a list of translate, scale, rotate and matrix; anything else is the identity. */
export function parseTransform(text: string | null): Affine {
  let result = IDENTITY;
  for (const [, name, values] of (text ?? "").matchAll(/(\w+)\s*\(([^)]*)\)/g)) {
    const numbers = values!
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number);
    const primitive = PRIMITIVES[name!];
    if (primitive) result = compose(result, primitive(numbers));
  }
  return result;
}
