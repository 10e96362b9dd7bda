/** Rows for tests: those of the committed runs, and ways to look at rows of any type. */
import { join } from "node:path";
import type { Experiment, RunResult } from "../../src/experiments";
import { type Answered, type Manifest, type Row, readManifest, readRows } from "../../src/runs";
import { fail, projectRoot } from "../../src/util";

/** data/results/, which holds the committed runs. */
export const results = join(projectRoot, "data", "results");

/**
 * A committed run of an experiment, as far as figures and views look at it.
 * @throws NonsmoothError if it is of another experiment, or a row or the configuration is none of this one
 */
export function committedRun<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  name: string = experiment.name,
): Pick<RunResult<C, S, R>, "config" | "rows" | "manifest" | "summary"> {
  const manifest = manifestOf(name);
  if (manifest.experiment !== experiment.name) fail(name, `must be a run of ${experiment.name}`, manifest.experiment);
  const config = experiment.schema.parse(manifest.config);
  const rows = readRows(join(results, name, "rows.jsonl")).rows.map((row) => experiment.rows.check(row));
  return { config, rows, manifest, summary: experiment.summarize(rows, config) };
}

/** What is kept of a committed run beside its rows. */
export const manifestOf = (name: string): Manifest =>
  readManifest(join(results, name)) ?? fail(name, "must be a run in data/results", name);

/** The rows of runs that did not break off. */
export const answered = <R extends Row>(rows: readonly R[]): Answered<R>[] =>
  rows.filter((row): row is Answered<R> => row.outcome !== "failed");

/** A row of a figure's table, cells by column. */
export const cellsOf = (row: object): Readonly<Record<string, unknown>> => ({ ...row });
