/** arquero's tables as danfo's data frames and back. danfo takes about a second to load, so it is loaded when first used. */
import { createRequire } from "node:module";
import type { ColumnTable } from "arquero";
// biome-ignore lint/suspicious/noTsIgnore: there is an error only where the package is not installed
/** @ts-ignore an optional package: without it the type is any */
import type { DataFrame } from "danfojs-node";
import { fail, NonsmoothError } from "../util";
import { tableOf } from "./table";

const load = createRequire(__filename);

/**
 * An arquero table as a danfo data frame, as it is filtered and ordered: the same columns, the same cells (numbers, NaN, text,
 * booleans, null, dates, lists). `fromDanfo` gives the table back. danfo's own `dtypes` are guesses from the first cells.
 * @throws NonsmoothError for big integers, with which danfo cannot compute
 * @example
 * ```ts
 * import { toDanfo, toTable } from "nonsmooth";
 *
 * const frame = toDanfo(toTable([{ bits: 16, hits: 3 }, { bits: 32, hits: 0 }]));
 * console.log(frame.columns, frame.shape); // [ 'bits', 'hits' ] [ 2, 2 ]
 * ```
 */
export function toDanfo(table: ColumnTable): DataFrame {
  const danfo = danfojs();
  const columns = table.columnNames();
  const cells = columns.map((name) => Array.from(table.array(name) as ArrayLike<unknown>));
  for (const [i, column] of cells.entries()) refuseBigIntegers(columns[i]!, column);
  const rows = Array.from({ length: table.numRows() }, (_, row) => cells.map((column) => column[row]));
  // danfo takes a frame without columns, but not an empty list of them
  return columns.length === 0 ? new danfo.DataFrame([]) : new danfo.DataFrame(rows, { columns });
}

/**
 * A danfo data frame as an arquero table: the same columns, the same cells.
 *
 * @example
 * ```ts
 * import { fromDanfo, toDanfo, toTable } from "nonsmooth";
 *
 * const frame = toDanfo(toTable([{ bits: 16, hits: 3 }, { bits: 16, hits: 5 }, { bits: 32, hits: 0 }]));
 * const means = frame.groupby(["bits"]).agg({ hits: "mean" });
 * console.log(fromDanfo(means).objects()); // [ { bits: 16, hits_mean: 4 }, { bits: 32, hits_mean: 0 } ]
 * ```
 */
export function fromDanfo(frame: { readonly columns: readonly string[]; readonly values: unknown }): ColumnTable {
  const rows = frame.values as unknown[][];
  const names = frame.columns.map(String);
  return tableOf(
    names.map((name, i) => [name, rows.map((cells) => cells[i])]),
    names,
  );
}

/** @throws NonsmoothError where the optional package is not installed */
function danfojs(): typeof import("danfojs-node") {
  try {
    return load("danfojs-node");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
    const hint = "npm install danfojs-node; environment.md has the overrides with which the registry alone is enough";
    throw new NonsmoothError("toDanfo", "needs the package danfojs-node", { got: "not installed", hint, cause });
  }
}

function refuseBigIntegers(name: string, cells: readonly unknown[]): void {
  const big = cells.find((cell) => typeof cell === "bigint");
  if (big === undefined) return;
  const hint = "make them numbers, or text where they are beyond 2^53";
  fail("toDanfo", `column ${name} must not hold big integers, danfo cannot compute with them`, big, hint);
}
