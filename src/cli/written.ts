/** What commands say of their data, and of the files that they write. */
import { realOf } from "../data";
import { displayPath } from "../util";

/** "data: glyphs, which the library draws in the place of mnist", and in another line the hint that brings the real ones. */
export function dataText(datasets: readonly string[]): string {
  if (datasets.length === 0) return "data: not recorded";
  const hints = datasets.map(realOf).flatMap((real) => (real ? [`\nHint: npx nonsmooth data fetch ${real}`] : []));
  return `data: ${datasets.map(datasetText).join("; ")}${hints.join("")}`;
}

function datasetText(name: string): string {
  const real = realOf(name);
  return real === undefined ? name : `${name}, which the library draws in the place of ${real}`;
}

/** Paths as a person reads them; files that differ in their ending alone as `figures/zeros.{svg,png}`. */
export function pathsText(paths: readonly string[]): string[] {
  const endings = new Map<string, string[]>();
  for (const path of new Set(paths.map(displayPath))) {
    const [, stem = path, ending = ""] = /^(.*)\.(\w+)$/.exec(path) ?? [];
    endings.set(stem, [...(endings.get(stem) ?? []), ending]);
  }
  return [...endings].map(([stem, all]) => (all.length > 1 ? `${stem}.{${all.join(",")}}` : `${stem}.${all[0]}`));
}
