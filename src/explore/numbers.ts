/** Rows in a few numbers. */
import type { Row } from "../runs";
import type { ColumnNumbers } from "./types";

/** The columns that hold finite numbers, each in four of them. @param except columns that are left out */
export function numbersOf(rows: readonly Row[], except: readonly string[] = []): Record<string, ColumnNumbers> {
  const found = new Map<string, number[]>();
  for (const row of rows) {
    for (const [name, cell] of Object.entries(row)) {
      if (typeof cell !== "number" || !Number.isFinite(cell) || except.includes(name)) continue;
      const cells = found.get(name);
      if (cells) cells.push(cell);
      else found.set(name, [cell]);
    }
  }
  return Object.fromEntries([...found].map(([name, cells]) => [name, inShort(cells)]));
}

function inShort(cells: readonly number[]): ColumnNumbers {
  let [sum, min, max] = [0, cells[0]!, cells[0]!];
  for (const cell of cells) {
    sum += cell;
    min = Math.min(min, cell);
    max = Math.max(max, cell);
  }
  return { count: cells.length, last: cells.at(-1)!, mean: sum / cells.length, min, max };
}
