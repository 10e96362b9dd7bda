/** A folder of runs that is looked at again and again: only what has changed is read. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { evidenceOf, rowsSchemaIn } from "../experiments";
import {
  describeRun,
  flatten,
  type Row,
  type RunEntry,
  readProgress,
  runFolders,
  runName,
  shardFolders,
} from "../runs";
import { isWithin, sumOf, unlessGone } from "../util";
import { numbersOf } from "./numbers";
import type { RowsAnswer, RunLine, RunsAnswer } from "./types";

type Place = Pick<RunEntry, "experiment" | "run" | "directory">;

interface Known {
  readonly stamp: string;
  readonly entry: RunEntry;
  readonly line: RunLine;
}

/** How long a list may read rows, in milliseconds; the others are only counted, and read for the next list. */
const BUDGET = 300;
/** Rows that are kept in memory. */
const KEPT_ROWS = 300_000;
/** Rows of one answer. */
const MOST_ROWS = 5000;

export class Shelf {
  private readonly known = new Map<string, Known>();
  /** By run; the one that was asked for last stands last. */
  private readonly kept = new Map<string, { readonly stamp: string; readonly rows: readonly Row[] }>();

  /** @param folder of all runs; it may come into being later */
  constructor(readonly folder: string) {}

  /** Every run, as it is now. @param budget milliseconds that may be spent on reading rows */
  list(budget = BUDGET): RunsAnswer {
    const end = performance.now() + budget;
    const runs = runFolders(this.folder).map((place) => this.look(place, performance.now() < end).line);
    const unread = runs.filter(({ numbers, status }) => numbers === undefined && status !== "broken").length;
    return { folder: this.folder, runs, unread };
  }

  /** The run of this name, its rows read; undefined if the folder holds none. No path is made of the name. */
  find(id: string): { readonly entry: RunEntry; readonly line: RunLine } | undefined {
    const place = runFolders(this.folder).find((one) => runName(one) === id);
    return place && this.look(place, true);
  }

  /**
   * The rows of a run from one on.
   * @param file what an earlier answer said of its file; rows of another one are given from the first on
   */
  rows(id: string, from: number, file: string | undefined): RowsAnswer | undefined {
    const found = this.find(id);
    if (found === undefined) return undefined;
    const { directory, shards } = found.entry;
    // of a run in shards, new rows come in the middle
    const now = shards
      ? found.line.stamp
      : String(statSync(join(directory, "rows.jsonl"), { throwIfNoEntry: false })?.ino ?? 0);
    const rows = this.read(id, found.entry, found.line.stamp);
    const start = file === now && from <= rows.length ? from : 0;
    return { file: now, from: start, total: rows.length, rows: rows.slice(start, start + MOST_ROWS) };
  }

  /** @param read whether the rows are read, which finds what is wrong within them; else they are counted */
  private look(place: Place, read: boolean): Known {
    const id = runName(place);
    const stamp = stampOf(place.directory);
    const before = this.known.get(id);
    const isCurrent = before?.stamp === stamp && (before.line.numbers !== undefined || !read);
    // a writer that was killed changes no file
    if (before !== undefined && isCurrent && before.entry.status !== "running") return before;
    if (before !== undefined && isCurrent) return this.remember(id, this.recount(before));
    return this.remember(id, this.describe(place, stamp, read));
  }

  private remember(id: string, known: Known): Known {
    this.known.set(id, known);
    return known;
  }

  private describe(place: Place, stamp: string, read: boolean): Known {
    const { directory, experiment, run } = place;
    const outside = strayFile(this.folder, directory);
    if (outside !== undefined) {
      const entry: RunEntry = {
        ...place,
        status: "broken",
        rows: 0,
        problem: `${outside} is not in the folder of runs`,
      };
      return { stamp, entry, line: lineOf(entry, stamp) };
    }
    let rows: readonly Row[] | undefined;
    const entry = describeRun(
      directory,
      experiment,
      run,
      read
        ? (_, found) => {
            rows = found;
          }
        : "count",
    );
    if (rows !== undefined) this.keep(runName(place), stamp, rows);
    return { stamp, entry, line: lineOf(entry, stamp, rows) };
  }

  private recount({ entry, line, stamp }: Known): Known {
    const { status } = describeRun(entry.directory, entry.experiment, entry.run, "count");
    const now = { ...entry, status };
    const { done: _, ...rest } = line;
    return { stamp, entry: now, line: { ...rest, status, ...shareDone(now) } };
  }

  private read(id: string, entry: RunEntry, stamp: string): readonly Row[] {
    const kept = this.kept.get(id);
    if (kept?.stamp === stamp) {
      this.keep(id, stamp, kept.rows);
      return kept.rows;
    }
    if (entry.problem !== undefined) return [];
    let rows: readonly Row[] = [];
    describeRun(entry.directory, entry.experiment, entry.run, (_, found) => {
      rows = found;
    });
    this.keep(id, stamp, rows);
    return rows;
  }

  /** Those that nobody asked for in the longest time go first. */
  private keep(id: string, stamp: string, rows: readonly Row[]): void {
    this.kept.delete(id);
    this.kept.set(id, { stamp, rows });
    let count = 0;
    for (const { rows: some } of this.kept.values()) count += some.length;
    for (const [oldest, { rows: some }] of this.kept) {
      if (count <= KEPT_ROWS || oldest === id) return;
      this.kept.delete(oldest);
      count -= some.length;
    }
  }
}

const FILES = ["manifest.json", "rows.jsonl"];

/** Changes with the files of a run, and when a process takes it or leaves it; not with its progress. */
function stampOf(directory: string): string {
  const stamps = foldersOf(directory).map((folder) => {
    const parts = FILES.map((file) => {
      const stats = statSync(join(folder, file), { throwIfNoEntry: false });
      return stats ? `${stats.mtimeMs}-${stats.size}-${stats.ino}` : "0";
    });
    const there = statSync(folder, { throwIfNoEntry: false });
    const locks = unlessGone(() => readdirSync(folder).filter((file) => file.startsWith("lock."))) ?? [];
    return [there?.ino, ...parts, ...locks].join("/");
  });
  if (stamps.length === 1) return stamps[0]!;
  return createHash("sha256").update(stamps.join("\n")).digest("hex");
}

/** The run's own folder, and those of its shards. */
const foldersOf = (directory: string): string[] => [
  directory,
  ...shardFolders(directory).map((shard) => shard.directory),
];

/** Of a run that goes on, how much of it is done, from 0 to 1. */
function shareDone({ status, directory, shards }: RunEntry): Pick<RunLine, "done"> {
  if (status !== "running") return {};
  if (!shards) return asShare(readProgress(directory));
  const { count } = shards.at(-1)!;
  // the shards of a division cost about the same
  const some = shards.filter((shard) => shard.count === count);
  const done = sumOf(some, (shard) =>
    shard.status === "done" ? 1 : (asShare(readProgress(shard.directory)).done ?? 0),
  );
  return { done: done / count };
}

const asShare = (progress: ReturnType<typeof readProgress>): Pick<RunLine, "done"> =>
  progress ? { done: progress.total > 0 ? progress.done / progress.total : 1 } : {};

/** The first file of a run that a link leads out of the folder of runs to, if there is one. */
function strayFile(folder: string, directory: string): string | undefined {
  const real = realpathSync(folder);
  const paths = foldersOf(directory).flatMap((one) => [one, ...FILES.map((file) => join(one, file))]);
  return paths.find((path) => {
    const target = existsSync(path) ? unlessGone(() => realpathSync(path)) : undefined;
    return target !== undefined && !isWithin(real, target);
  });
}

function lineOf(entry: RunEntry, stamp: string, rows?: readonly Row[]): RunLine {
  const { experiment, run, directory, status, problem, manifest } = entry;
  const dataset = manifest && evidenceOf(manifest).datasets[0];
  const paths = foldersOf(directory).flatMap((one) => FILES.map((file) => join(one, file)));
  const times = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const updated = Math.max(...times);
  return {
    id: runName(entry),
    experiment,
    run,
    status,
    ...shareDone(entry),
    ...(problem !== undefined && { problem }),
    ...(manifest?.preset !== undefined && { preset: manifest.preset }),
    ...(dataset !== undefined && { dataset }),
    rows: entry.rows,
    ...(updated > 0 && { updated: new Date(updated).toISOString() }),
    ...(manifest && { seconds: manifest.seconds }),
    config: flatten(manifest?.config),
    ...(rows && { numbers: numbersOf(rows, rowsSchemaIn(entry)?.keyColumns) }),
    stamp,
  };
}
