/** The little of the DOM that measuring needs. The browser's own types stay out of the project, whose code runs in Node. */

export interface DomNode {
  readonly nodeType: number;
  readonly textContent: string | null;
}

export interface DomElement extends DomNode {
  readonly tagName: string;
  readonly namespaceURI: string | null;
  readonly parentNode: DomNode | null;
  readonly childNodes: Iterable<DomNode>;
  readonly children: Iterable<DomElement>;
  readonly style?: Readonly<Record<string, string>>;
  getAttribute(name: string): string | null;
}

export function isElement(node: DomNode | null | undefined): node is DomElement {
  return node?.nodeType === 1;
}

export function isSvg(node: DomNode | null | undefined): node is DomElement {
  return isElement(node) && node.namespaceURI === "http://www.w3.org/2000/svg";
}

/** A numeric attribute, 0 if it is absent or not a number. */
export function numberOf(element: DomElement, attribute: string): number {
  const value = Number.parseFloat(element.getAttribute(attribute) ?? "");
  return Number.isFinite(value) ? value : 0;
}

/** A property of the element itself, as CSS or as an attribute: "" if neither is there. */
export function styleOf(
  element: DomElement,
  property: "font-size" | "font-weight" | "font-style" | "text-anchor",
): string {
  return element.style?.[property] || element.getAttribute(property) || "";
}
