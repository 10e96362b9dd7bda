/** What views are given. */
import type { Look, LooksAnswer, RunLine } from "../types.js";
import { type Cell, cellText, type Row } from "./cells.mjs";
import type { State } from "./state.mjs";
import type { Store } from "./store.mjs";

export interface Context {
  readonly store: Store;
  state(): State;
  /** Changes what is shown, and the address with it. */
  set(change: Partial<State>): void;
  /** The selected runs that are there. */
  selected(): readonly RunLine[];
  /** Their rows, with the column `run`, and `experiment` where there are several. */
  rows(): readonly Row[];
}

/** A view: made once, shown again whenever something has changed. */
export interface View {
  readonly element: HTMLElement;
  update(): void;
}

/** How series look: a precision's colour means that precision everywhere. */
export function lookOf(looks: LooksAnswer, column: string, cell: Cell, index: number, dark: boolean): Look {
  const own = column === "precision" ? looks.precisions[cellText(cell)] : undefined;
  const { color, symbol, dash } = own ?? looks.series[index % looks.series.length]!;
  return { symbol, dash, color: (dark && looks.dark[color]) || color };
}

/** "ReLU'(0) = 1", "precision 16" */
export const nameOf = (column: string, cell: Cell): string =>
  column === "value" ? `ReLU'(0) = ${cellText(cell)}` : `${column} ${cellText(cell)}`;
