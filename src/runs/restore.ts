/** Puts finished runs whose rows and manifest are elsewhere, as in data/results/, into the folder of runs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, makeFolder, refuseCommitted, removeLeftOver, writeAtomically } from "../util";
import { explain, inFolder, RUN_FILES } from "./files";
import { lockFolder } from "./lock";
import { configHash, readManifest, writeManifest } from "./manifest";
import { writeParquet } from "./parquet";
import type { RowSchema } from "./row-schema";
import { countRows, readRows } from "./rows-file";
import type { Manifest, Row } from "./types";

export interface RestoredRun {
  readonly experiment: string;
  /** The folder's name: the first 12 digits of the configuration's hash. */
  readonly run: string;
  readonly rows: number;
  /** `kept`: a finished run, or one with more rows, was there and is left as it is. */
  readonly outcome: "restored" | "kept";
}

/**
 * Puts a finished run into the folder of runs: running its configuration then finds all of it done.
 * @param source a folder with the run's manifest.json and rows.jsonl
 * @param runs folder of all runs
 * @param schemaOf the rows of an experiment of that name, for the check of each row and the types in rows.parquet
 * @throws NonsmoothError if the source is no finished run or not the one that its manifest names, or if a live process writes to
 * the run
 */
export async function restoreRun(
  source: string,
  runs: string,
  schemaOf?: (experiment: string) => RowSchema | undefined,
): Promise<RestoredRun> {
  const { manifest, rows } = finishedRun(source);
  const { experiment, hash } = manifest;
  const schema = schemaOf?.(experiment);
  for (const [i, row] of rows.entries()) schema?.check(row, `${join(source, "rows.jsonl")}, line ${i + 1}`);
  const run = hash.slice(0, 12);
  const directory = join(runs, experiment, run);
  refuseCommitted("run folder", directory);
  const hold = inFolder(directory, () => {
    makeFolder(directory);
    return lockFolder(directory);
  });
  try {
    const restored = { experiment, run, rows: rows.length };
    removeLeftOver(directory, RUN_FILES);
    if (isKept(directory, rows.length)) return { ...restored, outcome: "kept" };
    writeAtomically(join(directory, "rows.jsonl"), readFileSync(join(source, "rows.jsonl")));
    await writeParquet(join(directory, "rows.parquet"), rows, schema?.columns);
    writeManifest(directory, manifest);
    return { ...restored, outcome: "restored" };
  } catch (error) {
    throw explain(directory, error);
  } finally {
    hold.release();
  }
}

function finishedRun(source: string): { manifest: Manifest; rows: readonly Row[] } {
  const manifest = readManifest(source);
  if (!manifest) fail("run to restore", "must be a folder with manifest.json and rows.jsonl", source);
  const { status, experiment, config, hash } = manifest;
  if (status !== "done") fail(`run to restore ${source}`, "must be done", status);
  const own = configHash(experiment, config);
  if (own !== hash) fail(`run to restore ${source}`, `its hash must be that of its configuration, ${own}`, hash);
  const { rows, torn } = readRows(join(source, "rows.jsonl"));
  const found = torn > 0 ? `${rows.length} and a torn line` : rows.length;
  if (found !== manifest.rows) fail(`run to restore ${source}`, `must have ${manifest.rows} rows`, found);
  return { manifest, rows };
}

/** A run that has fewer rows has none that a finished one lacks: rows are a function of the configuration. */
function isKept(directory: string, rows: number): boolean {
  const found = countRows(join(directory, "rows.jsonl"));
  return found > rows || (found === rows && readManifest(directory)?.status === "done");
}
