/// <reference lib="dom" />
/** A table that is sorted by its headings and shown in pages. */
import { type Cell, cellText, shortText } from "./cells.mjs";
import { fill, h } from "./dom.mjs";

export interface Column<T> {
  readonly key: string;
  readonly label?: string;
  /** What it means. */
  readonly title?: string;
  /** What it is sorted by, and shown as where `show` is missing. */
  cell(row: T): Cell | undefined;
  show?(row: T): Node | string;
  /** Its own heading, in place of one that sorts. */
  readonly heading?: () => Node;
}

export interface TableOptions<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  /** Sorted. */
  readonly rows: readonly T[];
  readonly sort: string;
  onSort(sort: string): void;
  readonly rowClass?: (row: T) => string;
  readonly pageSize: number;
}

/** A place for a table; `update` shows other rows and stays on its page. */
export function tableView<T>() {
  const element = h("div");
  let page = 0;
  let last: TableOptions<T> | undefined;
  const turn = (by: number) => {
    page += by;
    if (last) update(last);
  };
  const update = (options: TableOptions<T>) => {
    last = options;
    const { rows, pageSize, columns, caption } = options;
    const pages = Math.max(1, Math.ceil(rows.length / pageSize));
    page = Math.min(Math.max(0, page), pages - 1);
    const shown = rows.slice(page * pageSize, (page + 1) * pageSize);
    const body = h("tbody", {}, ...shown.map((row) => bodyRow(row, options)));
    const head = h("thead", {}, h("tr", {}, ...columns.map((column) => heading(column, options))));
    const table = h("table", {}, h("caption", {}, caption), head, body);
    fill(element, h("div", { class: "scroll" }, table), pages > 1 && pager(page, pages, turn));
  };
  return { element, update };
}

function pager(page: number, pages: number, turn: (by: number) => void): HTMLElement {
  const button = (label: string, by: number, disabled: boolean) =>
    h("button", { type: "button", disabled, "data-key": label, onclick: () => turn(by) }, label);
  return h(
    "p",
    { class: "controls" },
    button("Previous page", -1, page === 0),
    `page ${page + 1} of ${pages}`,
    button("Next page", 1, page === pages - 1),
  );
}

function heading<T>({ key, label = key, title, heading: own }: Column<T>, { sort, onSort }: TableOptions<T>) {
  if (own) return h("th", { scope: "col" }, own());
  const direction = sort === key ? "ascending" : sort === `-${key}` ? "descending" : undefined;
  const next = direction === "ascending" ? `-${key}` : key;
  const arrow = direction === undefined ? "" : direction === "ascending" ? " ▲" : " ▼";
  const button = h("button", { type: "button", "data-key": `sort ${key}`, onclick: () => onSort(next) }, label + arrow);
  return h("th", { scope: "col", "aria-sort": direction, title }, button);
}

function bodyRow<T>(row: T, { columns, rowClass }: TableOptions<T>): HTMLElement {
  const cells = columns.map((column) => {
    const cell = column.cell(row);
    const shown = column.show?.(row) ?? shortText(cell);
    const title = column.show === undefined && cellText(cell) !== shown ? cellText(cell) : undefined;
    return h("td", { class: typeof cell === "number" ? "number" : undefined, title }, shown);
  });
  return h("tr", { class: rowClass?.(row) || undefined }, ...cells);
}
