/// <reference lib="dom" />
/** What differs between the selected runs. */
import type { CompareAnswer, DifferingKey } from "../types.js";
import { type Cell, csv, shortText } from "./cells.mjs";
import type { Context, View } from "./context.mjs";
import { choice, download, fill, h } from "./dom.mjs";
import { NUMBERS } from "./runs-view.mjs";
import { type Column, tableView } from "./table.mjs";

/** Runs side by side. */
const MOST = 50;

export function compareView(context: Context): View {
  const number = choice("Results show", (value) => context.set({ number: value }));
  const element = h("div");
  let shown = "";
  const update = () => {
    const lines = context.selected().slice(0, MOST);
    const now = lines.map(({ id, stamp, status }) => `${id} ${stamp} ${status}`).join("\n") + context.state().number;
    if (now === shown) return;
    number.set(NUMBERS, context.state().number);
    shown = now;
    if (lines.length < 2) {
      fill(element, h("p", { class: "empty" }, "Select two or more runs in the table of runs to see what differs."));
      return;
    }
    const tell = (answer: CompareAnswer) => shown === now && fill(element, ...parts(answer, context, number.element));
    const complain = (error: Error) => shown === now && fill(element, h("p", { class: "problem" }, error.message));
    context.store.compare(lines.map(({ id }) => id)).then(tell, complain);
  };
  return { element, update };
}

function parts(answer: CompareAnswer, context: Context, number: HTMLElement): HTMLElement[] {
  const { ids, config, environment, results, rows } = answer;
  const left = context.selected().length - ids.length;
  const which = context.state().number as "last";
  const found = results.map(({ column, of }) => ({
    key: `${column} (${which})`,
    cells: of.map((numbers) => numbers?.[which] ?? null),
  }));
  const all = [...config, ...environment, ...found];
  const file = () =>
    csv(
      ["key", ...ids],
      all.map(({ key, cells }) => toRow(key, ids, cells)),
    );
  return [
    h(
      "p",
      { class: "controls" },
      number,
      h("button", { type: "button", onclick: () => download("compare.csv", file(), "text/csv") }, "CSV"),
      left > 0 && `the first ${ids.length} of the selected runs`,
    ),
    ...section("Configuration", config, ids),
    ...section("Environment", environment, ids),
    ...section("Results", found, ids),
    ...(rows ? rowByRow(rows) : []),
  ];
}

const toRow = (key: string, ids: readonly string[], cells: readonly Cell[]) =>
  Object.fromEntries([["key", key], ...ids.map((id, i): [string, Cell] => [id, cells[i] ?? null])]);

function section(title: string, keys: readonly DifferingKey[], ids: readonly string[]): HTMLElement[] {
  if (keys.length === 0) return [h("h2", {}, title), h("p", { class: "empty" }, "no difference")];
  return [h("h2", {}, title), sortable(keys, [keyColumn, ...ids.map(runColumn)], "")];
}

const keyColumn: Column<DifferingKey> = { key: "key", cell: ({ key }) => key };
const runColumn = (id: string, index: number): Column<DifferingKey> => ({
  key: id,
  label: id.split("/").join(" "),
  cell: ({ cells }) => cells[index],
});

/** A table that keeps its own order. */
function sortable<T>(rows: readonly T[], columns: readonly Column<T>[], caption: string): HTMLElement {
  const table = tableView<T>();
  table.update({ caption, columns: columns.map(plain), rows, sort: "", onSort: () => {}, pageSize: 500 });
  return table.element;
}

const plain = <T,>(column: Column<T>): Column<T> => ({
  ...column,
  heading: () => h("span", { title: column.title }, column.label ?? column.key),
});

function rowByRow({ inBoth, equal, onlyA, onlyB, columns, cells }: NonNullable<CompareAnswer["rows"]>): HTMLElement[] {
  const count = `${inBoth} rows in both, ${equal} of them the same to the bit; ${onlyA} in the first only, ${onlyB} in the second only.`;
  const differing: Column<(typeof columns)[number]>[] = [
    { key: "column", cell: ({ column }) => column },
    { key: "differing rows", cell: ({ differing: n }) => n },
    { key: "mean difference", cell: ({ meanDifference }) => meanDifference },
    { key: "largest difference", cell: ({ largestDifference }) => largestDifference },
  ];
  const single: Column<(typeof cells)[number]>[] = [
    { key: "row", cell: ({ key }) => key },
    { key: "column", cell: ({ column }) => column },
    { key: "first", cell: ({ a }) => a, show: ({ a }) => shortText(a) },
    { key: "second", cell: ({ b }) => b, show: ({ b }) => shortText(b) },
    { key: "difference", cell: ({ difference }) => difference },
  ];
  return [
    h("h2", {}, "Row by row"),
    h("p", {}, count),
    ...(columns.length > 0 ? [sortable(columns, differing, "second minus first")] : []),
    ...(cells.length > 0
      ? [h("h2", {}, `The first ${cells.length} cells that differ`), sortable(cells, single, "")]
      : []),
  ];
}
