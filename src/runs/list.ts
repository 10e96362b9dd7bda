/** What is in a folder of runs, from the manifests and the rows. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fail, sumOf } from "../util";
import { isLocked, lookAtLocks } from "./lock";
import { readManifest } from "./manifest";
import { countRows, readRows } from "./rows-file";
import { countRunRows, isDone, ROWS_FILE, readRunRows } from "./run-rows";
import { isFolderEntry, SHARDS, type ShardFolder, shardDirectory, shardFolders, shardText } from "./shard";
import type { Manifest, Row, RunStatus } from "./types";
import { uniteManifests, wholeDivision } from "./unite";

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
  /** None of a run that a process has only just taken, and of some that are broken. */
  readonly manifest?: Manifest;
  /** Why the run is broken. */
  readonly problem?: string;
  /** Of a run that was divided and is not put together yet: its shards, with those of its latest division that are missing. */
  readonly shards?: readonly ShardEntry[];
}

/** A shard of a run, with the status that it would have as a run. */
export interface ShardEntry extends ShardFolder, Pick<RunEntry, "rows" | "manifest" | "problem"> {
  readonly status: RunEntry["status"] | "missing";
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
  const folders = runFolders(directory);
  lookAtLocks(folders.map((folder) => folder.directory));
  return folders.map((folder) => describeRun(folder.directory, folder.experiment, folder.run, look));
}

/** Where a run is. */
export type RunPlace = Pick<RunEntry, "experiment" | "run" | "directory">;

/** The places of the runs below a folder; does not look into their files. */
export const runFolders = (directory: string): RunPlace[] =>
  runPlaces(directory).filter((place) => !isOnlySubmitted(place.directory));

/** In a run's folder: scripts and logs of a cluster's queue. */
export const SLURM = "slurm";

/** A run that waits in a queue has scripts, but nothing has been computed. */
const isOnlySubmitted = (directory: string): boolean =>
  existsSync(join(directory, SLURM)) && !["manifest.json", SHARDS].some((name) => existsSync(join(directory, name)));

/** The same, with those that were only submitted to a queue so far. */
export function runPlaces(directory: string): RunPlace[] {
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
  const place = { directory, experiment, run };
  const first = seen(place, look !== "count");
  // if it is done only now, it may have been seen in part: its shards go once it is put together
  const isOver = first.entry.status === "done" && !first.entry.shards;
  const { entry, rows } = !isOver && isDone(directory) ? seen(place, look !== "count") : first;
  if (look === "count" || entry.problem !== undefined) return entry;
  try {
    look(entry, rows);
    return entry;
  } catch (error) {
    return { ...entry, status: "broken", problem: (error as Error).message };
  }
}

/** A run as it is found; its rows if they are read and it is not broken. */
interface Seen {
  readonly entry: RunEntry;
  readonly rows: readonly Row[];
}

function seen(place: RunPlace, isRead: boolean): Seen {
  const { directory, run } = place;
  let found: Pick<RunEntry, "rows" | "manifest"> = { rows: 0 };
  try {
    const manifest = readManifest(directory);
    const shards = manifest?.status === "done" ? [] : shardFolders(directory);
    if (shards.length > 0) return seenDivided(place, manifest, shards, isRead);
    found = { ...found, manifest };
    const path = join(directory, "rows.jsonl");
    const rows = isRead ? readRows(path).rows : [];
    found = { ...found, rows: isRead ? rows.length : countRows(path, { inBraces: true }) };
    if (manifest && isHash(run) && !manifest.hash.startsWith(run)) {
      fail(join(directory, "manifest.json"), `must be of the run whose folder it is in, ${run}`, manifest.hash);
    }
    return { entry: { ...place, status: statusOf(directory, manifest, found.rows), ...found }, rows };
  } catch (error) {
    return { entry: { ...place, status: "broken", ...found, problem: (error as Error).message }, rows: [] };
  }
}

/** A run of which there are shards. @throws if there is no manifest, or the run's own cannot be read */
function seenDivided(
  place: RunPlace,
  own: Manifest | undefined,
  folders: readonly ShardFolder[],
  isRead: boolean,
): Seen {
  const { directory, experiment } = place;
  lookAtLocks(folders.map((shard) => shard.directory));
  const shards = folders.map((shard) => describeShard(shard, experiment));
  const all = withMissing(directory, shards);
  const manifests = shards.flatMap(({ manifest }) => manifest ?? []);
  const status = statusOfDivided(directory, own, shards);
  if (!own && manifests.length === 0) {
    if (status !== "running") throw new Error("has no manifest.json");
    return { entry: { ...place, status, rows: 0, shards: all }, rows: [] };
  }
  const { rows, count, problem } = rowsOfDivided(directory, shards, isRead);
  const manifest = uniteManifests(own, manifests, problem === undefined && status !== "broken" ? status : "failed");
  const entry: RunEntry = { ...place, status, rows: count, manifest, shards: all };
  return { entry: problem === undefined ? entry : { ...entry, status: "broken", problem }, rows };
}

/** The rows, how many there are, and what is wrong with them: shards that can be read are told from one that cannot. */
function rowsOfDivided(directory: string, shards: readonly ShardEntry[], isRead: boolean) {
  const broken = shards.find(({ problem }) => problem !== undefined);
  const problem = broken && `shard ${shardText(broken)}: ${broken.problem}`;
  try {
    const rows = isRead ? readRunRows(directory) : [];
    return { rows, count: isRead ? rows.length : countRunRows(directory), problem };
  } catch (error) {
    return { rows: [], count: sumOf(shards, ({ rows }) => rows), problem: problem ?? (error as Error).message };
  }
}

function describeShard(shard: ShardFolder, experiment: string): ShardEntry {
  const { directory } = shard;
  // a process has only just taken it, or could not
  if (!existsSync(join(directory, "manifest.json")) && !existsSync(join(directory, ROWS_FILE)))
    return { ...shard, status: isLocked(directory) ? "running" : "missing", rows: 0 };
  const { status, rows, manifest, problem } = describeRun(directory, experiment, basename(directory), "count");
  return { ...shard, status, rows, ...(manifest && { manifest }), ...(problem !== undefined && { problem }) };
}

function statusOfDivided(
  directory: string,
  own: Manifest | undefined,
  shards: readonly ShardEntry[],
): RunEntry["status"] {
  const has = (status: RunEntry["status"]) => shards.some((shard) => shard.status === status);
  if (has("broken")) return "broken";
  if (has("running") || (own?.status === "running" && isLocked(directory))) return "running";
  if (wholeDivision(shards)) return "done";
  return has("failed") || own?.status === "failed" ? "failed" : "interrupted";
}

/** Those of the division that was started last that are not there are listed, too. */
function withMissing(directory: string, shards: readonly ShardEntry[]): ShardEntry[] {
  const started = ({ manifest }: ShardEntry) => manifest?.started ?? "";
  const { count } = shards.reduce((a, b) => (started(b) > started(a) ? b : a));
  const there = new Map(shards.filter((one) => one.count === count).map((one) => [one.index, one]));
  const latest = Array.from({ length: count }, (_, i): ShardEntry => {
    const shard = { index: i + 1, count };
    return there.get(i + 1) ?? { ...shard, directory: shardDirectory(directory, shard), status: "missing", rows: 0 };
  });
  return [...shards.filter((one) => one.count !== count), ...latest];
}

/** A run's folder may have any name outside the folder of runs. */
const isHash = (name: string) => /^[0-9a-f]{12}$/.test(name);

function statusOf(directory: string, manifest: Manifest | undefined, rows: number): RunStatus {
  // a process has only just taken it
  if (!manifest && rows === 0 && isLocked(directory)) return "running";
  if (!manifest) throw new Error("has no manifest.json");
  if (manifest.status === "done" && rows !== manifest.rows) {
    const hint = "run it again to compute the missing rows, or start it over with --fresh (fresh: true)";
    fail(join(directory, "rows.jsonl"), `must have as many rows as its manifest says, ${manifest.rows}`, rows, hint);
  }
  return manifest.status === "running" && !isLocked(directory) ? "interrupted" : manifest.status;
}

/** Names of the folders in a folder, and of links to folders. */
function subfolders(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => (isFolderEntry(directory, entry) ? [entry.name] : [])).sort();
}
