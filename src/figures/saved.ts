/** Saved figures: figures/<name>.json. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decode, type Row } from "../runs";
import { fail, NonsmoothError, nearest, projectRoot } from "../util";
import type { DrawnFrom } from "./definition";

/** What is read back of figures/<name>.json. */
export interface Saved {
  readonly title: string;
  readonly alt: string;
  readonly caption: string;
  readonly table: readonly Row[];
  /** Absent in those from before it was written down, and in those that no run drew. */
  readonly run?: DrawnFrom;
}

/**
 * The data behind a saved figure, from figures/<name>.json.
 * @param root default: the project
 * @throws NonsmoothError with the nearest known name as a hint
 */
export function figureTable(name: string, root = projectRoot): readonly Row[] {
  const names = savedFigures(root);
  const near = nearest(name, names);
  if (!names.includes(name)) {
    fail(
      "figure",
      `must be one of ${names.join(", ") || "those saved (there is none)"}`,
      name,
      near && `did you mean ${near}?`,
    );
  }
  return readSaved(root, name).table;
}

/** The names of the saved figures, sorted. */
export function savedFigures(root: string): string[] {
  const folder = join(root, "figures");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).sort();
}

/** @throws NonsmoothError if the file is not a figure's */
export function readSaved(root: string, name: string): Saved {
  const what = `figures/${name}.json`;
  const hint = "draw the figure again";
  let saved: Partial<Saved> | null;
  try {
    saved = decode(readFileSync(join(root, "figures", `${name}.json`), "utf8")) as Partial<Saved> | null;
  } catch (error) {
    throw new NonsmoothError(what, "must be JSON", { got: (error as Error).message, hint, cause: error });
  }
  const words = [saved?.title, saved?.alt, saved?.caption];
  if (!words.every((text) => typeof text === "string") || !Array.isArray(saved?.table)) {
    fail(what, "must have title, alt, caption and table", saved, hint);
  }
  return saved as Saved;
}
