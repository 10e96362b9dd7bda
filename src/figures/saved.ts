/** Saved figures: figures/<name>.json. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { decode, type Row } from "../runs";
import { fail, NonsmoothError, nearest, outFolder, projectRoot, workspace } from "../util";
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
  return readSaved(newestRoot(name, [root]), name).table;
}

/**
 * The folder, among some, whose figures/<name>.json was written last.
 * @param roots the first ones come first where the times are the same; default: out/, the workspace, the project
 * @throws NonsmoothError with the nearest known name as a hint
 */
export function newestRoot(name: string, roots: readonly string[] = [outFolder, workspace, projectRoot]): string {
  const found = roots.filter((root) => savedFigures(root).includes(name));
  const time = (root: string) => statSync(savedFile(root, name)).mtimeMs;
  const [newest] = found.sort((a, b) => time(b) - time(a));
  if (newest !== undefined) return newest;
  const names = [...new Set(roots.flatMap(savedFigures))].sort();
  const near = nearest(name, names);
  const rule = `must be one of ${names.join(", ") || "those saved (there are none)"}`;
  return fail("figure", rule, name, near && `did you mean ${near}?`);
}

/** Where a figure's data are. */
export const savedFile = (root: string, name: string): string => join(root, "figures", `${name}.json`);

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
    saved = decode(readFileSync(savedFile(root, name), "utf8")) as Partial<Saved> | null;
  } catch (error) {
    throw new NonsmoothError(what, "must be JSON", { got: (error as Error).message, hint, cause: error });
  }
  const words = [saved?.title, saved?.alt, saved?.caption];
  if (!words.every((text) => typeof text === "string") || !Array.isArray(saved?.table)) {
    fail(what, "must have title, alt, caption and table", saved, hint);
  }
  return saved as Saved;
}
