/** From rows to what is drawn, without a browser. */
import { type Cell, cellText, compareCells, type Row } from "./cells.mjs";

/** Rows that are drawn in one colour. */
export interface Group {
  /** The cell of the colour's column. */
  readonly cell: Cell;
  /** Points of all its lines, one after another, with nulls between the lines. */
  readonly x: (Cell | null)[];
  readonly y: (number | null)[];
  /** For each point, what else it is of. */
  readonly text: string[];
  readonly lines: number;
}

export interface Drawing {
  readonly groups: readonly Group[];
  /** Whether points of a line are joined; else each stands alone. */
  readonly joined: boolean;
  readonly points: number;
}

export interface Axes {
  readonly x: string;
  readonly y: string;
  readonly color: string;
  /** The columns that tell rows apart. */
  readonly keys: readonly string[];
  /** Over trials. */
  readonly mean: boolean;
}

/** What tells the repetitions of one cell of an experiment apart. */
const TRIALS = ["trial", "seed"];

/** Columns of ReLU'(0), or of another number at a kink, for the slider. */
export const sliderColumn = (columns: readonly string[]): string | undefined =>
  ["value", "tie"].find((name) => columns.includes(name));

const remembered = new WeakMap<readonly Row[], Map<string, unknown>>();

/** What is found in rows once, and asked for at every move of a slider. */
function once<T>(rows: readonly Row[], what: string, find: () => T): T {
  const known = remembered.get(rows) ?? new Map<string, unknown>();
  remembered.set(rows, known);
  if (!known.has(what)) known.set(what, find());
  return known.get(what) as T;
}

/** The names of the columns, in the order in which they come. */
export const columnsIn = (rows: readonly Row[]): readonly string[] =>
  once(rows, "columns", () => {
    const names = new Set<string>();
    for (const row of rows) for (const name in row) names.add(name);
    return [...names];
  });

/** The columns with a number. */
export const numericIn = (rows: readonly Row[]): readonly string[] =>
  once(rows, "numeric", () => columnsIn(rows).filter((name) => rows.some((row) => typeof row[name] === "number")));

/** The columns that do not hold lists. */
export const scalarsIn = (rows: readonly Row[]): readonly string[] =>
  once(rows, "scalars", () => columnsIn(rows).filter((name) => !rows.every((row) => Array.isArray(row[name]))));

/** The different cells of a column, in order; at most `most` and one more. */
export const valuesIn = (rows: readonly Row[], column: string, most = 60): readonly Cell[] =>
  once(rows, `${most} values of ${column}`, () => {
    const found = new Map<string, Cell>();
    for (const row of rows) {
      const cell = row[column];
      if (cell === undefined || cell === null || Array.isArray(cell)) continue;
      found.set(cellText(cell), cell);
      if (found.size > most) break;
    }
    return [...found.values()].sort((a, b) => compareCells(a, b));
  });

/** The columns that tell rows apart: those that experiments name; of others, texts, truths and what is usually one. */
export function keysIn(rows: readonly Row[], declared: readonly string[]): string[] {
  const columns = columnsIn(rows);
  const usual = [...TRIALS, "precision", "value", "tie", "epoch", "iteration", "step", "layer"];
  const isKey = (name: string) =>
    usual.includes(name) || (name !== "outcome" && name !== "reason" && rows.some((row) => isName(row[name])));
  const keys = declared.length > 0 ? declared : columns.filter(isKey);
  return ["run", ...keys.filter((name) => name !== "run" && columns.includes(name))];
}

const isName = (cell: Cell | undefined) => typeof cell === "string" || typeof cell === "boolean";

/** The rows whose cells are among those that are wanted; a column without wishes takes all. */
export function chosen(rows: readonly Row[], only: Readonly<Record<string, readonly string[]>>): Row[] {
  const wishes = Object.entries(only).filter(([, values]) => values.length > 0);
  return rows.filter((row) => wishes.every(([column, values]) => values.includes(cellText(row[column]))));
}

/** The rows with one cell in a column, as text. */
export const partOf = (rows: readonly Row[], column: string, value: string): readonly Row[] =>
  once(rows, `${column} ${value}`, () => chosen(rows, { [column]: [value] }));

/** Lines by what tells rows apart besides x, in groups of one colour. Rows without a number for y are left out. */
export const draw = (rows: readonly Row[], axes: Axes): Drawing =>
  once(rows, JSON.stringify(axes), () => drawing(rows, axes));

function drawing(rows: readonly Row[], { x, y, color, keys, mean }: Axes): Drawing {
  const apart = keys.filter((name) => name !== x && !(mean && TRIALS.includes(name)));
  const named = apart.filter((name) => name !== color && valuesIn(rows, name, 1).length > 1);
  const lines = new Map<string, { readonly cell: Cell; readonly text: string; readonly points: [Cell, number][] }>();
  for (const row of rows) {
    const [cellX, cellY] = [row[x], row[y]];
    if (typeof cellY !== "number" || cellX === undefined || cellX === null || Array.isArray(cellX)) continue;
    const cell = row[color] ?? null;
    const id = JSON.stringify([cellText(cell), ...apart.map((name) => cellText(row[name]))]);
    const line = lines.get(id) ?? { cell, text: textOf(row, named), points: [] };
    line.points.push([cellX, cellY]);
    lines.set(id, line);
  }
  const joined =
    keys.includes(x) && !TRIALS.includes(x) && typeof rows.find((row) => row[x] !== null)?.[x] === "number";
  const groups = new Map<string, Group & { lines: number }>();
  for (const { cell, text, points } of lines.values()) {
    const group = groups.get(cellText(cell)) ?? { cell, x: [], y: [], text: [], lines: 0 };
    groups.set(cellText(cell), group);
    group.lines++;
    for (const [px, py] of ordered(mean ? means(points) : points)) {
      group.x.push(px);
      group.y.push(py);
      group.text.push(text);
    }
    if (!joined) continue;
    group.x.push(null);
    group.y.push(null);
    group.text.push("");
  }
  const found = [...groups.values()].sort((a, b) => compareCells(a.cell, b.cell));
  return { groups: found, joined, points: found.reduce((sum, { y: ys }) => sum + ys.length, 0) };
}

const textOf = (row: Row, names: readonly string[]) => names.map((name) => `${name} ${cellText(row[name])}`).join(", ");

const ordered = (points: readonly [Cell, number][]) => [...points].sort(([a], [b]) => compareCells(a, b));

function means(points: readonly [Cell, number][]): [Cell, number][] {
  const sums = new Map<Cell, { sum: number; count: number }>();
  for (const [x, y] of points) {
    const at = sums.get(x) ?? { sum: 0, count: 0 };
    sums.set(x, { sum: at.sum + y, count: at.count + 1 });
  }
  return [...sums].map(([x, { sum, count }]) => [x, sum / count]);
}

/** What is drawn where nobody has chosen. */
export function usualAxes(rows: readonly Row[], keys: readonly string[]) {
  const columns = columnsIn(rows);
  const numeric = numericIn(rows);
  const first = (...names: (string | undefined)[]) =>
    names.find((name) => name !== undefined && columns.includes(name));
  const found = numeric.filter((name) => !keys.includes(name));
  const x =
    first(
      "epoch",
      "iteration",
      "step",
      numeric.filter((name) => keys.includes(name) && !TRIALS.includes(name)).at(-1),
      ...columns,
    ) ?? "";
  const y = first("testAccuracy", "different", "hits", "zeros", "loss1", ...found) ?? "";
  const color = ["value", "tie", "precision"].find((name) => valuesIn(rows, name, 1).length > 1) ?? "run";
  return { x, y, color };
}

/** The smallest and largest finite number, with a little room; undefined where there is none. */
export const rangeOf = (rows: readonly Row[], column: string): readonly [number, number] | undefined =>
  once(rows, `range of ${column}`, () => findRange(rows, column));

function findRange(rows: readonly Row[], column: string): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const cell = row[column];
    if (typeof cell !== "number" || !Number.isFinite(cell)) continue;
    low = Math.min(low, cell);
    high = Math.max(high, cell);
  }
  if (low > high) return undefined;
  const room = 0.04 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}
