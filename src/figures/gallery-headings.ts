/** Headings of the gallery: a figure's title, and what tells it from others of the same title. */
import { precisionWords } from "../formats";
import { networkTitle } from "../nn";
import type { Manifest } from "../runs";
import { counted } from "./vocabulary";

interface Titled {
  readonly name: string;
  readonly title: string;
  readonly results: { readonly manifest?: Pick<Manifest, "config" | "environment"> };
}

/** What may tell two figures of one title apart, the plainest first. */
const details: readonly ((entry: Titled) => string)[] = [dataText, precisionsText, ({ name }) => name];

/** A heading for each entry; no two are alike. */
export function headingsOf(entries: readonly Titled[]): string[] {
  const headings = (count: number) => entries.map((entry) => headingOf(entry, count));
  const all = [0, ...details.keys()].map((_, count) => headings(count));
  return entries.map((_, i) => {
    const found = all.find((some) => some.filter((heading) => heading === some[i]).length === 1);
    return (found ?? all.at(-1)!)[i]!;
  });
}

function headingOf(entry: Titled, count: number): string {
  const words = details.slice(0, count).map((detail) => detail(entry));
  return [entry.title, words.filter(Boolean).join("; ")].filter(Boolean).join(" – ");
}

/** "perceptron on MNIST, 3,000 images" */
function dataText({ results: { manifest } }: Titled): string {
  if (!manifest) return "";
  const { network, networks, dataset, label } = manifest.config as Readonly<Record<string, unknown>>;
  const nets =
    typeof network === "string"
      ? networkTitle(network)
      : Array.isArray(networks)
        ? networks.map(networkTitle).join(" and ")
        : "";
  const { count, description } = manifest.environment?.dataset ?? {};
  // "MNIST (LeCun, Cortes, Burges), train split"
  const short = description?.split(/ \(|,/)[0];
  const images = count === undefined ? [] : [counted(count, "image")];
  return [nets, nets && "on", [label ?? short ?? dataset, ...images].join(", ")].filter(Boolean).join(" ");
}

/** "16 bits and 32 bits" */
function precisionsText({ results: { manifest } }: Titled): string {
  const { precisions } = (manifest?.config ?? {}) as { readonly precisions?: unknown };
  return Array.isArray(precisions) ? precisionWords(precisions) : "";
}
