/** What differs between any number of runs. */
import { rowsSchemaIn } from "../experiments";
import { compareEntries, differingKeys, environmentOf, type RunEntry } from "../runs";
import type { CompareAnswer, RunLine } from "./types";

/** Differing cells of one answer. */
const MOST_CELLS = 200;

/** @param runs in the order of the answer's cells */
export function compareMany(runs: readonly { readonly entry: RunEntry; readonly line: RunLine }[]): CompareAnswer {
  const entries = runs.map(({ entry }) => entry);
  const columns = [...new Set(runs.flatMap(({ line }) => Object.keys(line.numbers ?? {})))];
  const rows = rowByRow(entries);
  return {
    ids: runs.map(({ line }) => line.id),
    config: differingKeys(entries.map(({ manifest }) => manifest?.config)),
    environment: differingKeys(entries.map(environmentOf)),
    results: columns.map((column) => ({ column, of: runs.map(({ line }) => line.numbers?.[column] ?? null) })),
    ...(rows && { rows }),
  };
}

function rowByRow(entries: readonly RunEntry[]): CompareAnswer["rows"] {
  const [a, b, ...others] = entries;
  if (a === undefined || b === undefined || others.length > 0 || a.experiment !== b.experiment) return undefined;
  const schema = rowsSchemaIn(a);
  if (schema === undefined || a.problem !== undefined || b.problem !== undefined) return undefined;
  const { rows, columns, cells } = compareEntries(a, b, schema.key);
  const { inBoth, equal, onlyA, onlyB } = rows;
  const counts = { inBoth, equal, onlyA: onlyA.length, onlyB: onlyB.length };
  return { ...counts, columns, cells: cells.slice(0, MOST_CELLS) };
}
