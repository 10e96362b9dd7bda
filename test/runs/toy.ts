/** Runs of a toy experiment, without anything that computes. */
import { join } from "node:path";
import { anyRows, type Config, listRuns, type OpenRunOptions, openRun, type Row, type Shard } from "../../src/runs";
import { temporaryFolder } from "./folder";

export const config: Config = { slopes: [0, 1], seed: 3 };
export const order = (a: Row, b: Row) => Number(a.i) - Number(b.i);
export const rows = { ...anyRows("key"), order };
export const row = (i: number): Row => ({ key: `row ${i}`, i, value: i % 3 === 0 ? Number.NaN : i / 7 });

export function open(directory: string, more: Partial<OpenRunOptions> = {}) {
  return openRun({ experiment: "toy", config, directory, rows, ...more });
}

export const of = (index: number, count: number): Shard => ({ index, count });
/** The only run of a folder. */
export const only = (runs: string) => listRuns(runs)[0]!;

/** A shard with these rows; its folder. */
export async function shard(
  runs: string,
  part: Shard,
  some: readonly number[],
  end: "done" | "interrupted" | "failed" = "done",
) {
  const store = open(runs, { shard: part });
  for (const i of some) store.append(row(i));
  if (end === "done") await store.finish();
  else store.stop(end, "a reason");
  return store.directory;
}

/** The folder of an interrupted run with three rows. */
export function interrupted(): { runs: string; rowsFile: string } {
  const runs = temporaryFolder();
  const store = open(runs);
  for (const i of [2, 0, 1]) store.append(row(i));
  store.stop("interrupted", "interrupted, run again to continue");
  return { runs, rowsFile: join(store.directory, "rows.jsonl") };
}

/** A run with these rows, keyed by `i`; its folder. */
export async function runWith(
  runs: string,
  experiment: string,
  seed: number,
  some: readonly Row[],
  done: boolean,
): Promise<string> {
  const store = openRun({ experiment, config: { seed }, directory: runs, rows: anyRows("i") });
  for (const one of some) store.append(one);
  if (done) await store.finish();
  else store.stop("interrupted");
  return store.directory;
}
