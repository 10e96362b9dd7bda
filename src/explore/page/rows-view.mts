/// <reference lib="dom" />
/** The rows of the selected runs as a table. */
import { cellText, csv, type Row, sorted } from "./cells.mjs";
import type { Context, View } from "./context.mjs";
import { download, h } from "./dom.mjs";
import { filterOf } from "./filter.mjs";
import { columnsIn } from "./series.mjs";
import { tableView } from "./table.mjs";

const PAGE = 100;

export function rowsView(context: Context): View {
  const filter = h("input", {
    type: "search",
    id: "row-filter",
    placeholder: "precision=16 value=1 testAccuracy<0.5",
    oninput: () => context.set({ rowFilter: filter.value }),
  });
  const table = tableView<Row>();
  let [columns, shown]: [readonly string[], readonly Row[]] = [[], []];
  const save = () => download("rows.csv", csv(columns, shown), "text/csv");
  const element = h(
    "div",
    {},
    h(
      "div",
      { class: "controls" },
      h("label", { for: "row-filter" }, "Filter", filter),
      h("button", { type: "button", onclick: save }, "CSV"),
    ),
    table.element,
  );
  const update = () => {
    const { rowFilter, rowSort } = context.state();
    if (filter.value !== rowFilter) filter.value = rowFilter;
    const rows = context.rows();
    const passes = filterOf(rowFilter);
    columns = columnsIn(rows);
    const found = rows.filter((row) => passes({ text: textOf(row), cell: (name) => row[name] }));
    shown = sorted(found, rowSort, (row, name) => row[name]);
    const meanings = meaningsOf(context);
    table.update({
      caption: captionOf(shown.length, rows.length, context.selected().length),
      columns: columns.map((name) => ({ key: name, title: meanings.get(name), cell: (row: Row) => row[name] })),
      rows: shown,
      sort: rowSort,
      onSort: (next) => context.set({ rowSort: next }),
      pageSize: PAGE,
    });
  };
  return { element, update };
}

/** 3 of 50 rows of 1 run */
function captionOf(shown: number, rows: number, runs: number): string {
  const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return `${shown === rows ? "" : `${shown} of `}${plural(rows, "row")} of ${plural(runs, "run")}`;
}

const textOf = (row: Row) => Object.values(row).map(cellText).join(" ");

function meaningsOf({ store, selected }: Context): Map<string, string> {
  const columns = selected().flatMap(({ experiment }) => store.experiments.get(experiment)?.columns ?? []);
  return new Map(columns.map(({ name, meaning, unit }) => [name, unit ? `${meaning} (${unit})` : meaning]));
}
