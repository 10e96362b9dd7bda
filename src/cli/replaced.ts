/** What new figures and notebooks replace: whoever draws over another run's figure hears of it, and where that run's rows are. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Evidence, evidenceOf, evidenceText } from "../experiments";
import { type DrawnFrom, savedFigures } from "../figures";
import { defaultRuns, type Manifest, readManifest } from "../runs";
import { displayPath } from "../util";

/** The run of a saved figure, with what is known of it. */
type Drawn = DrawnFrom & Partial<Manifest>;

/**
 * The run that a figure's file says it is drawn from; undefined where there is no such file, or it does not say so.
 * @param file figures/<name>.json
 * @param runs folder of all runs
 */
export function drawnFrom(file: string, runs: string = defaultRuns()): Drawn | undefined {
  const run = attempt(() => (JSON.parse(readFileSync(file, "utf8")) as { readonly run?: DrawnFrom }).run);
  if (!run) return undefined;
  const results = join(dirname(file), "..", "data", "results", basename(file, ".json"));
  const manifests = [results, runFolder(run, runs)].map((folder) => attempt(() => readManifest(folder)));
  // its rows may have become more since
  return { ...manifests.find((manifest) => manifest?.hash === run.hash), ...run };
}

/** The runs of all figures below a folder, by their files. */
export function allDrawn(root: string): Map<string, Drawn | undefined> {
  const files = savedFigures(root).map((name) => join(root, "figures", `${name}.json`));
  return new Map(files.map((file) => [file, drawnFrom(file)]));
}

/** "out/figures/zeros: replaced the one from mnist, … by the one from glyphs, …; the earlier rows are kept in …"; none if it is the same run. */
export function replacedText(
  file: string,
  before: Drawn | undefined,
  now: Drawn | undefined,
  runs: string = defaultRuns(),
): string[] {
  if (!before || !now || before.hash === now.hash) return [];
  const folder = runFolder(before, runs);
  const kept = existsSync(join(folder, "rows.jsonl"))
    ? `kept in ${displayPath(folder)}`
    : `not in ${displayPath(runs)}`;
  const what = displayPath(file).replace(/\.json$/, "");
  return [`${replacement(what, evidenceOf(before), evidenceOf(now))}; the earlier rows are ${kept}`];
}

export function replacement(what: string, before: Evidence, now: Evidence): string {
  return `${what}: replaced the one from ${evidenceText(before)} by the one from ${evidenceText(now)}`;
}

const runFolder = ({ experiment, hash }: DrawnFrom, runs: string) => join(runs, experiment, hash.slice(0, 12));

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // damaged, or not there: it says nothing
  }
}
