/// <reference lib="dom" />
/** Elements in few words. */

type Child = Node | string | null | undefined | false;
type Attributes = Readonly<Record<string, unknown>>;

/** An element: attributes by name, listeners as `onclick`; true sets an attribute, false and undefined leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id: string): HTMLElement => document.getElementById(id)!;

/** Replaces the content; the focus stays on the element of the same `data-key`. */
export function fill(element: HTMLElement, ...children: readonly Child[]): void {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && element.contains(active) ? active.dataset.key : undefined;
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
  if (key !== undefined) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

/** A labelled choice of one. */
export function choice(label: string, onchange: (value: string) => void) {
  const select = h("select", { onchange: () => onchange(select.value) });
  let shown = "";
  return {
    element: h("label", {}, label, select),
    /** Does nothing where nothing has changed, so that an open list stays open. */
    set(options: readonly string[], value: string): void {
      const now = options.join("\n");
      if (now !== shown) select.replaceChildren(...options.map((option) => h("option", { value: option }, option)));
      shown = now;
      select.value = value;
    },
  };
}

/** A labelled box to tick. */
export function tick(label: string, checked: boolean, onchange: (checked: boolean) => void, key = label): HTMLElement {
  const box = h("input", { type: "checkbox", checked, "data-key": key, onchange: () => onchange(box.checked) });
  return h("label", {}, box, label);
}

/** Gives the reader a file. */
export function download(name: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
