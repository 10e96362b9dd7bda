/** What is in a folder of runs, from the manifests. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "./lock";
import { readManifest } from "./manifest";
import { countRows } from "./rows-file";
import type { Manifest, RunStatus } from "./types";

/** One run of a listing. */
export interface RunEntry {
  readonly experiment: string;
  /** The folder's name: the first 12 digits of the configuration's hash. */
  readonly run: string;
  readonly directory: string;
  /** A run whose writer was killed is `interrupted`; `broken` comes with a problem. */
  readonly status: RunStatus | "broken";
  readonly rows: number;
  readonly manifest?: Manifest;
  /** Why the run cannot be read. */
  readonly problem?: string;
}

/** The runs below a folder, by experiment and hash; a folder that is missing holds none. A broken run is listed with its problem. */
export function listRuns(directory: string): RunEntry[] {
  return subfolders(directory).flatMap((experiment) =>
    subfolders(join(directory, experiment)).map((run) =>
      describeRun(join(directory, experiment, run), experiment, run),
    ),
  );
}

/** One run folder; never throws. */
export function describeRun(directory: string, experiment: string, run: string): RunEntry {
  try {
    const manifest = readManifest(directory);
    const rows = countRows(join(directory, "rows.jsonl"));
    if (!manifest) return { experiment, run, directory, status: "broken", rows, problem: "has no manifest.json" };
    const killed = manifest.status === "running" && !isLocked(directory);
    return { experiment, run, directory, status: killed ? "interrupted" : manifest.status, rows, manifest };
  } catch (error) {
    return { experiment, run, directory, status: "broken", rows: 0, problem: (error as Error).message };
  }
}

function subfolders(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}
