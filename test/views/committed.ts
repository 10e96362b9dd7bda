/** The committed runs in data/results/, and how tests compare tables of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment, RunResult } from "../../src/experiments";
import { findRun, rowsOf } from "../../src/runs";
import { projectRoot } from "../../src/util";

/** A run of an experiment, with as much of a result as views look at. */
export function committed<C extends object, S>(
  experiment: Experiment<C, S>,
  name: string = experiment.name,
): Pick<RunResult<C, S>, "config" | "rows" | "manifest" | "summary"> {
  const entry = findRun(join(projectRoot, "data", "results", name));
  const manifest = JSON.parse(readFileSync(join(entry.directory, "manifest.json"), "utf8"));
  const rows = rowsOf(entry);
  return { config: manifest.config, rows, manifest, summary: experiment.summarize(rows, manifest.config) };
}

/** The cells of each row as showTable writes them: so many digits of numbers that are not whole; the others as they are. */
export const shown = (rows: readonly object[], digits = 4): unknown[][] =>
  rows.map((row) => Object.values(row).map((cell) => rounded(cell, digits)));

export const rounded = (cell: unknown, digits = 4): unknown =>
  typeof cell === "number" && !Number.isInteger(cell) ? Number(cell.toPrecision(digits)) : cell;
