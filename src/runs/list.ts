/** What is in a folder of runs, from the manifests and the rows. */
import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../util";
import { isLocked } from "./lock";
import { readManifest } from "./manifest";
import { countRows, readRows } from "./rows-file";
import type { Manifest, Row, RunStatus } from "./types";

/** One run of a listing. */
export interface RunEntry {
  readonly experiment: string;
  /** The folder's name: the first 12 digits of the configuration's hash. */
  readonly run: string;
  readonly directory: string;
  /**
   * A run whose writer was killed is `interrupted`. `broken`: its manifest or its rows cannot be read, or it is done and the number
   * of its rows is not the manifest's; the problem says which. A run that is not done may have any number of rows.
   */
  readonly status: RunStatus | "broken";
  /** Rows that can be read. */
  readonly rows: number;
  readonly manifest?: Manifest;
  /** Why the run is broken. */
  readonly problem?: string;
}

/** How the rows of a run are looked at: each is read, and given to a visitor, or only the lines are counted. */
export type Look = "count" | ((entry: RunEntry, rows: readonly Row[]) => void);

const read = () => {};

/**
 * The runs below a folder, by experiment and hash; a folder that is missing holds none. A broken run is listed with its problem.
 * @param look default: reads each row. "count" takes a tenth of the time, and does not see what is wrong within a line
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequency, listRuns, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: [16], widths: [16], sampleSizes: [256], runs: 2 };
 * await runExperiment(bifurcationFrequency, { preset: "smoke", set, runs, workers: 0 });
 * for (const { experiment, status, rows } of listRuns(runs)) console.log(experiment, status, rows); // bifurcation-frequency done 2
 * ```
 */
export function listRuns(directory: string, look: Look = read): RunEntry[] {
  return runFolders(directory).map((folder) => describeRun(folder.directory, folder.experiment, folder.run, look));
}

/** The places of the runs below a folder; does not look into them. */
export function runFolders(directory: string): Pick<RunEntry, "experiment" | "run" | "directory">[] {
  return subfolders(directory).flatMap((experiment) =>
    subfolders(join(directory, experiment)).map((run) => ({
      experiment,
      run,
      directory: join(directory, experiment, run),
    })),
  );
}

/** One run folder; never throws. */
export function describeRun(directory: string, experiment: string, run: string, look: Look = read): RunEntry {
  let found: Pick<RunEntry, "rows" | "manifest"> = { rows: 0 };
  try {
    const manifest = readManifest(directory);
    found = { ...found, manifest };
    const path = join(directory, "rows.jsonl");
    const rows = look === "count" ? [] : readRows(path).rows;
    found = { ...found, rows: look === "count" ? countRows(path, { inBraces: true }) : rows.length };
    if (manifest && isHash(run) && !manifest.hash.startsWith(run)) {
      fail(join(directory, "manifest.json"), `must be of the run whose folder it is in, ${run}`, manifest.hash);
    }
    const entry = { experiment, run, directory, status: statusOf(directory, manifest, found.rows), ...found };
    if (look !== "count") look(entry, rows);
    return entry;
  } catch (error) {
    return { experiment, run, directory, status: "broken", ...found, problem: (error as Error).message };
  }
}

/** A run's folder may have any name outside the folder of runs. */
const isHash = (name: string) => /^[0-9a-f]{12}$/.test(name);

function statusOf(directory: string, manifest: Manifest | undefined, rows: number): RunStatus {
  if (!manifest) throw new Error("has no manifest.json");
  if (manifest.status === "done" && rows !== manifest.rows) {
    const hint = "run it again to compute the missing rows, or start it over with fresh: true";
    fail(join(directory, "rows.jsonl"), `must have as many rows as its manifest says, ${manifest.rows}`, rows, hint);
  }
  return manifest.status === "running" && !isLocked(directory) ? "interrupted" : manifest.status;
}

/** Names of the folders in a folder, and of links to folders. */
function subfolders(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  const isFolder = (entry: Dirent) =>
    entry.isDirectory() || (entry.isSymbolicLink() && leadsToFolder(join(directory, entry.name)));
  return entries.flatMap((entry) => (isFolder(entry) ? [entry.name] : [])).sort();
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false; // it leads nowhere, or in a circle
  }
}
