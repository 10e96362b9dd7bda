/// <reference lib="dom" />
/** Plotly: loaded when first needed, since a table does not need it. */
import { download, h } from "./dom.mjs";

export type Trace = Readonly<Record<string, unknown>>;
export type Layout = Readonly<Record<string, unknown>>;

interface Plotly {
  react(element: HTMLElement, data: readonly Trace[], layout: Layout, config: Layout): Promise<unknown>;
  toImage(element: HTMLElement, options: Layout): Promise<string>;
}

let loading: Promise<Plotly> | undefined;

export function plotly(): Promise<Plotly> {
  loading ??= new Promise((done, failed) => {
    const onload = () => done((globalThis as unknown as { Plotly: Plotly }).Plotly);
    document.head.append(h("script", { src: "plotly.js", onload, onerror: () => failed(new Error("no plotly.js")) }));
  });
  return loading;
}

const darkness = matchMedia("(prefers-color-scheme: dark)");
export const isDark = (): boolean => darkness.matches;
export const onDarkness = (listener: () => void): void => darkness.addEventListener("change", listener);

/** A place for a plot. */
export function plotView() {
  const element = h("div", { class: "plot", role: "img" });
  return {
    element,
    async update(data: readonly Trace[], layout: Layout, label: string): Promise<void> {
      element.setAttribute("aria-label", label);
      await (await plotly()).react(
        element,
        data.map(literal),
        { ...ground(), ...layout },
        { responsive: true, displaylogo: false },
      );
    },
    /** Gives the reader what is drawn. */
    async save(format: "png" | "svg", name: string): Promise<void> {
      const size = { width: element.clientWidth, height: element.clientHeight };
      const url = await (await plotly()).toImage(element, { format, ...size, ...(format === "png" && { scale: 2 }) });
      if (format === "svg") {
        download(`${name}.svg`, decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml");
      } else h("a", { href: url, download: `${name}.png` }).click();
    },
  };
}

/** Plotly reads markup in names and texts; here they are data. */
const literal = (trace: Trace): Trace => ({ ...trace, name: escaped(trace.name), text: escaped(trace.text) });

function escaped(words: unknown): unknown {
  if (Array.isArray(words)) return words.map(escaped);
  return typeof words === "string" ? words.replaceAll("&", "&amp;").replaceAll("<", "&lt;") : words;
}

function ground(): Layout {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  return {
    paper_bgcolor: color("--ground"),
    plot_bgcolor: color("--ground"),
    font: { family: "system-ui, sans-serif", size: 13, color: color("--text") },
    margin: { t: 20, r: 20, b: 55, l: 75 },
    hoverlabel: { align: "left" },
    legend: { bgcolor: "rgba(0,0,0,0)" },
    // zooms stay while rows arrive
    uirevision: "same",
  };
}

/** An axis in the page's colours. */
export function axis(title: string, more: Layout = {}): Layout {
  const line = getComputedStyle(document.documentElement).getPropertyValue("--line").trim();
  return { title: { text: title }, gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true, ...more };
}
