/** What commands say about their data, and about the files that they write. */
import { realOf } from "../data";
import { displayPath } from "../util";

/** "data: glyphs, which the library draws in place of mnist", and on another line a hint how to fetch the real dataset. */
export function dataText(datasets: readonly string[]): string {
  if (datasets.length === 0) return "data: not recorded";
  const hints = datasets.map(realOf).flatMap((real) => (real ? [`\nHint: npx nonsmooth data fetch ${real}`] : []));
  return `data: ${datasets.map(datasetText).join("; ")}${hints.join("")}`;
}

function datasetText(name: string): string {
  const real = realOf(name);
  return real === undefined ? name : `${name}, which the library draws in place of ${real}`;
}

/** Paths for a person to read; files that differ only in their ending appear as `figures/zeros.{svg,png}`. */
export function pathsText(paths: readonly string[]): string[] {
  const endings = new Map<string, string[]>();
  for (const path of new Set(paths.map(displayPath))) {
    const [, stem = path, ending = ""] = /^(.*)\.(\w+)$/.exec(path) ?? [];
    endings.set(stem, [...(endings.get(stem) ?? []), ending]);
  }
  return [...endings].map(([stem, all]) => (all.length > 1 ? `${stem}.{${all.join(",")}}` : `${stem}.${all[0]}`));
}
