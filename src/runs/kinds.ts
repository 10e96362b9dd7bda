/** What kinds of cells the columns of rows hold. */
import { fail, show } from "../util";
import type { Columns } from "./columns";
import type { Cell, Kind, Row } from "./types";

/**
 * The kind of each column that occurs, by name: what the declared kind and those of its cells have in common.
 * @param declared columns that have their kind whatever a run found; default: none
 * @throws NonsmoothError if two names differ in case only, which databases do not tell apart
 */
export function cellKinds(rows: readonly Row[], declared: Columns = {}): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const row of rows) {
    for (const column of Object.keys(row)) {
      const known = kinds.get(column);
      const kind = known ?? (Object.hasOwn(declared, column) ? declared[column]!.kind : "empty");
      const united = common(kind, kindOf(row[column]!));
      if (united !== known) kinds.set(column, united);
    }
  }
  const names = new Map<string, string>();
  for (const column of kinds.keys()) {
    const twin = names.get(column.toLowerCase());
    if (twin !== undefined)
      fail("rows", `the names of columns must differ in more than case, ${show(twin)} is there`, column);
    names.set(column.toLowerCase(), column);
  }
  return kinds;
}

/** A cell as a column of its kind holds it: as text where kinds are mixed, also within lists. */
export function ofKind(cell: Cell, kind: Kind, text: (cell: Cell) => string): Cell {
  if (cell === null) return null;
  if (kind === "mixed") return text(cell);
  return typeof kind === "object" ? (cell as readonly Cell[]).map((item) => ofKind(item, kind.list, text)) : cell;
}

/** The cell of a row, if it has one: a column may be named as what every object has (toString, constructor). */
export const ownCell = (row: Row, column: string): Cell | undefined =>
  Object.hasOwn(row, column) ? row[column] : undefined;

function kindOf(cell: Cell): Kind {
  if (cell === null) return "empty";
  if (Array.isArray(cell)) return { list: cell.map(kindOf).reduce(common, "empty") };
  if (typeof cell === "number") return Number.isSafeInteger(cell) && !Object.is(cell, -0) ? "integer" : "number";
  return typeof cell as "string" | "boolean";
}

/** What two columns have in common. */
export function common(a: Kind, b: Kind): Kind {
  if (a === "empty" || a === b) return b;
  if (b === "empty") return a;
  if (typeof a === "object" && typeof b === "object") {
    const list = common(a.list, b.list);
    return list === a.list ? a : { list };
  }
  if (isNumeric(a) && isNumeric(b)) return "number";
  return "mixed";
}

const isNumeric = (kind: Kind) => kind === "integer" || kind === "number";
