/** What differs between two runs of one experiment. */
import { fail } from "../util";
import { encode, toCell } from "./encoding";
import { rowsOf, runName } from "./find";
import type { RunEntry } from "./list";
import type { Cell, Row } from "./types";
import type { ShardFacts } from "./unite";

// aliases, not interfaces: rows of tables have any number of columns

/** A key of the configuration or the environment, dotted where records are nested; null where a run lacks it. */
export type Difference = {
  readonly key: string;
  readonly a: Cell;
  readonly b: Cell;
};

/** A cell that differs between two rows of one key. */
export type CellDifference = Difference & {
  readonly column: string;
  /** b − a where both are numbers, else null. */
  readonly difference: number | null;
};

/** How far a column differs, over the rows that both runs have. */
export type ColumnDifference = {
  readonly column: string;
  /** Rows in which it differs, if only by a bit, and rows that were compared. */
  readonly differing: number;
  readonly rows: number;
  /** Over the rows in which both cells are finite numbers: their count, mean of b − a, largest |b − a|; null where there are none. */
  readonly numbers: number;
  readonly meanDifference: number | null;
  readonly largestDifference: number | null;
};

export interface RunComparison {
  /** `<experiment>/<hash>` */
  readonly a: string;
  readonly b: string;
  readonly config: readonly Difference[];
  /** Code, machine, versions, engine, data; not the times. */
  readonly environment: readonly Difference[];
  readonly rows: {
    readonly inBoth: number;
    /** Rows in both that are the same to the bit. */
    readonly equal: number;
    /** Keys of rows that only one run has. */
    readonly onlyA: readonly string[];
    readonly onlyB: readonly string[];
  };
  /** The columns that differ. */
  readonly columns: readonly ColumnDifference[];
  /** The cells that differ, in the order of a's rows. */
  readonly cells: readonly CellDifference[];
}

/**
 * Compares two runs: configuration, environment, and the rows joined by their key. Cells are equal if they are the same to the
 * bit: NaN equals NaN, 0 differs from -0.
 * @param key what tells a row from all others of its run
 * @throws NonsmoothError if a run is broken, or the runs are of different experiments
 */
export function compareEntries(a: RunEntry, b: RunEntry, key: (row: Row) => string): RunComparison {
  const read = [rowsOf(a), rowsOf(b)] as const;
  if (a.experiment !== b.experiment) {
    fail("compareRuns", `both must be runs of one experiment, here of ${a.experiment}`, b.experiment);
  }
  const [rowsA, rowsB] = [byKey(read[0], key), byKey(read[1], key)];
  const shared = [...rowsA.keys()].filter((name) => rowsB.has(name));
  const pairs = shared.map((name): Pair => ({ key: name, a: rowsA.get(name)!, b: rowsB.get(name)! }));
  const cells = pairs.flatMap(differingCells);
  return {
    a: runName(a),
    b: runName(b),
    config: differences(a.manifest?.config, b.manifest?.config),
    environment: differences(environmentOf(a), environmentOf(b)),
    rows: {
      inBoth: pairs.length,
      equal: pairs.length - new Set(cells.map((cell) => cell.key)).size,
      onlyA: [...rowsA.keys()].filter((name) => !rowsB.has(name)),
      onlyB: [...rowsB.keys()].filter((name) => !rowsA.has(name)),
    },
    columns: [...new Set(cells.map(({ column }) => column))].map((column) => columnDifference(column, pairs)),
    cells,
  };
}

interface Pair {
  readonly key: string;
  readonly a: Row;
  readonly b: Row;
}

const byKey = (rows: readonly Row[], key: (row: Row) => string) => new Map(rows.map((row) => [key(row), row]));
const equal = (a: Cell, b: Cell) => encode(a) === encode(b);

function differingCells({ key, a, b }: Pair): CellDifference[] {
  return columnsOf(a, b)
    .map((column) => ({ key, column, a: a[column] ?? null, b: b[column] ?? null }))
    .filter((cell) => !equal(cell.a, cell.b))
    .map((cell) => ({ ...cell, difference: minus(cell.b, cell.a) }));
}

function columnDifference(column: string, pairs: readonly Pair[]): ColumnDifference {
  const changes = pairs.flatMap(({ a, b }) => minus(b[column], a[column]) ?? []).filter(Number.isFinite);
  const n = changes.length;
  return {
    column,
    differing: pairs.filter(({ a, b }) => !equal(a[column] ?? null, b[column] ?? null)).length,
    rows: pairs.length,
    numbers: n,
    meanDifference: n > 0 ? changes.reduce((sum, change) => sum + change, 0) / n : null,
    largestDifference: n > 0 ? changes.reduce((most, change) => Math.max(most, Math.abs(change)), 0) : null,
  };
}

const minus = (x: Cell | undefined, y: Cell | undefined): number | null =>
  typeof x === "number" && typeof y === "number" ? x - y : null;

/** What a run was made by: code, machine, versions, engine, data and its status; not the times. */
export function environmentOf({ manifest, status }: RunEntry): Record<string, unknown> {
  const { date: _date, ...provenance } = manifest?.provenance ?? {};
  const { shards, ...environment } = manifest?.environment ?? {};
  const others = shardsMadeOtherwise(shards as readonly ShardFacts[] | undefined);
  return { status, ...provenance, ...environment, ...(others.length > 0 && { shards: others }) };
}

/** Shards that other code, another machine or another engine has made than the run says. How long each took is no difference. */
function shardsMadeOtherwise(shards: readonly ShardFacts[] = []) {
  return shards.flatMap(({ shard, provenance, environment }) =>
    provenance || environment ? [{ shard, ...provenance, ...environment }] : [],
  );
}

function differences(a: unknown, b: unknown): Difference[] {
  return differingKeys([a, b]).map(({ key, cells: [ofA = null, ofB = null] }) => ({ key, a: ofA, b: ofB }));
}

/**
 * The keys in which records differ, dotted where records are nested.
 * @returns for each such key its cell in every record, in their order; null where a record lacks it
 */
export function differingKeys(
  records: readonly unknown[],
): { readonly key: string; readonly cells: readonly Cell[] }[] {
  const flat = records.map((record) => flatten(record));
  return columnsOf(...flat)
    .map((key) => ({ key, cells: flat.map((record) => record[key] ?? null) }))
    .filter(({ cells: [first = null, ...others] }) => others.some((cell) => !equal(first, cell)));
}

const columnsOf = (...rows: Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row)))];

/** Nested records as one, with dotted keys; lists stay lists. */
export function flatten(value: unknown, prefix = ""): Row {
  const entries = Object.entries((value ?? {}) as object).flatMap(([key, item]): [string, Cell][] =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.entries(flatten(item, `${prefix}${key}.`))
      : [[prefix + key, toCell(item)]],
  );
  return Object.fromEntries(entries);
}
