/** `getBBox` and `getBoundingClientRect` for SVG elements: without them plotly drops tick labels and misplaces titles. */
import { type DomElement, type DomNode, isSvg, numberOf } from "./dom";
import { type Box, boxOf, corners, EMPTY_BOX, mapBox, parseTransform } from "./geometry";
import { paths } from "./packages";
import { textBox } from "./text";

type PathProperties = InstanceType<typeof import("svg-path-properties").svgPathProperties>;
const known = new WeakMap<DomElement, { readonly d: string; readonly properties: PathProperties }>();

/** Lengths and points of a path element, kept as long as its `d` stays: plotly asks for one path many times. */
export function pathProperties(element: DomElement): PathProperties {
  const d = element.getAttribute("d") || "M0,0";
  const kept = known.get(element);
  if (kept?.d === d) return kept.properties;
  const properties = new (paths().svgPathProperties)(d);
  known.set(element, { d, properties });
  return properties;
}

/** Points of a path: both ends of each part, and seven in between, within which arcs and curves bulge. */
function pathBox(element: DomElement): Box {
  if (!element.getAttribute("d")) return EMPTY_BOX;
  const points = pathProperties(element)
    .getParts()
    .flatMap((part) => [
      part.start,
      part.end,
      ...[1, 2, 3, 4, 5, 6, 7].map((i) => part.getPointAtLength((i / 8) * part.length)),
    ]);
  return boxOf(points.map(({ x, y }) => [x, y]));
}

function circleBox(element: DomElement): Box {
  const r = numberOf(element, "r");
  return { x: numberOf(element, "cx") - r, y: numberOf(element, "cy") - r, width: 2 * r, height: 2 * r };
}

function rectBox(element: DomElement): Box {
  const [x, y] = [numberOf(element, "x"), numberOf(element, "y")];
  return { x, y, width: numberOf(element, "width"), height: numberOf(element, "height") };
}

// nothing in these is drawn where it stands
const UNDRAWN = new Set(["defs", "clippath", "style", "title", "desc"]);

function groupBox(element: DomElement): Box {
  const boxes = [...element.children]
    .filter((child) => !UNDRAWN.has(child.tagName.toLowerCase()) && child.style?.display !== "none")
    .map((child) => mapBox(parseTransform(child.getAttribute("transform")), boundingBox(child)))
    .filter((box) => box.width > 0 || box.height > 0);
  return boxOf(boxes.flatMap(corners));
}

const BOXES: Readonly<Record<string, (element: DomElement) => Box>> = {
  text: textBox,
  tspan: textBox,
  path: pathBox,
  circle: circleBox,
  g: groupBox,
  a: groupBox,
  svg: groupBox,
};

/** `SVGGraphicsElement.getBBox`: the box of an element in its own user space, without its transform. */
export function boundingBox(element: DomElement): Box {
  return (BOXES[element.tagName.toLowerCase()] ?? rectBox)(element);
}

/** `Element.getBoundingClientRect`: the box under the transforms of the element and of everything around it. */
export function clientBox(element: DomElement): Box {
  let box = boundingBox(element);
  for (let node: DomNode | null = element; isSvg(node); node = node.parentNode) {
    box = mapBox(parseTransform(node.getAttribute("transform")), box);
  }
  return box;
}
