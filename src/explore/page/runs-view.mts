/// <reference lib="dom" />
/** The table of runs. */
import type { RunLine } from "../types.js";
import { type Cell, cellText, sorted } from "./cells.mjs";
import type { Context, View } from "./context.mjs";
import { choice, fill, h, tick } from "./dom.mjs";
import { filterOf } from "./filter.mjs";
import { type Column, tableView } from "./table.mjs";

const PAGE = 250;
export const NUMBERS = ["last", "mean", "min", "max"] as const;
/** Results that are shown where nobody has chosen. */
const USUAL = ["testAccuracy", "testLoss", "trainLoss", "different", "hits", "zeros", "distance"];

/** The cell of a run in a column: one of its own, `config.<key>` or `row.<column>`. */
export function cellOf(line: RunLine, name: string, number: string): Cell | undefined {
  if (name.startsWith("config.")) return line.config[name.slice(7)];
  if (name.startsWith("row.")) return line.numbers?.[name.slice(4)]?.[number as "last"];
  const own = line as unknown as Record<string, Cell>;
  return ["experiment", "run", "status", "preset", "dataset", "rows", "updated", "seconds"].includes(name)
    ? own[name]
    : undefined;
}

export function runsView(context: Context): View {
  const filter = h("input", {
    type: "search",
    id: "filter",
    placeholder: "vgg -failed precisions=16 testAccuracy>0.9",
    oninput: () => context.set({ filter: filter.value }),
  });
  const number = choice("Results show", (value) => context.set({ number: value }));
  const menu = h("div");
  const table = tableView<RunLine>();
  const only = h("button", { type: "button", onclick: () => context.set({ runs: shown.map(({ id }) => id) }) });
  const none = h("button", { type: "button", onclick: () => context.set({ runs: [] }) }, "Select none");
  let shown: readonly RunLine[] = [];
  const element = h(
    "div",
    {},
    h(
      "div",
      { class: "controls" },
      h("label", { for: "filter" }, "Filter", filter),
      number.element,
      h("details", { class: "menu" }, h("summary", {}, "Columns"), menu),
      only,
      none,
    ),
    table.element,
  );
  const update = () => {
    const { filter: words, sort, number: which, runs } = context.state();
    if (filter.value !== words) filter.value = words;
    number.set(NUMBERS, which);
    shown = filtered(context, words);
    const columns = columnsOf(context, shown);
    fill(menu, ...columnMenu(context, shown, columns));
    only.textContent = `Select these ${shown.length}`;
    only.disabled = shown.length === 0;
    none.disabled = runs.length === 0;
    table.update({
      caption: captionOf(context, shown),
      columns: [selectColumn(context), ...OWN, ...columns.map((name) => furtherColumn(name, which))],
      rows: sorted(shown, sort, (line, name) => cellOf(line, name, which)),
      sort,
      onSort: (next) => context.set({ sort: next }),
      rowClass: ({ id }) => (runs.includes(id) ? "chosen" : ""),
      pageSize: PAGE,
    });
  };
  return { element, update };
}

function filtered({ store, state }: Context, words: string): RunLine[] {
  const passes = filterOf(words);
  const { number } = state();
  return store.lines.filter((line) => passes({ text: textOf(line), cell: (name) => namedCell(line, name, number) }));
}

/** What a name in a filter means: a column of its own, a key of the configuration, a result. */
const namedCell = (line: RunLine, name: string, number: string): Cell | undefined =>
  cellOf(line, name, number) ?? cellOf(line, `config.${name}`, number) ?? cellOf(line, `row.${name}`, number);

function textOf({ experiment, run, status, preset = "", dataset = "", config, problem = "" }: RunLine): string {
  const settings = Object.entries(config).map(([key, cell]) => `${key}=${cellText(cell)}`);
  return [experiment, run, status, preset, dataset, problem, ...settings].join(" ");
}

function captionOf({ store }: Context, shown: readonly RunLine[]): string {
  if (store.lines.length === 0) return `There is no run in ${store.folder} yet: it appears here when it begins.`;
  const of = shown.length === store.lines.length ? "" : ` of ${store.lines.length}`;
  const unread = store.unread === 0 ? "" : `; the rows of ${store.unread} are still being read`;
  return `${shown.length}${of} runs in ${store.folder}${unread}`;
}

function selectColumn(context: Context): Column<RunLine> {
  return {
    key: "select",
    heading: () => document.createTextNode("Select"),
    cell: () => null,
    show: ({ id }) => {
      const { runs } = context.state();
      const change = () =>
        context.set({
          runs: box.checked ? [...context.state().runs, id] : context.state().runs.filter((one) => one !== id),
        });
      const box = h("input", {
        type: "checkbox",
        "aria-label": `select ${id}`,
        "data-key": id,
        checked: runs.includes(id),
        onchange: change,
      });
      return box;
    },
  };
}

/** Times of a run in the reader's own time zone. */
const time = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

const OWN: readonly Column<RunLine>[] = [
  { key: "experiment", cell: ({ experiment }) => experiment },
  {
    key: "run",
    cell: ({ run }) => run,
    show: ({ id, run }) => {
      const href = `api/manifest?${new URLSearchParams({ id })}`;
      return h("a", { href, target: "_blank", rel: "noopener", title: "its manifest, as JSON" }, run);
    },
  },
  {
    key: "status",
    cell: ({ status }) => status,
    show: ({ status, done, problem }) =>
      h("span", { class: `status status-${status}`, title: problem }, status + shareText(done) + note(problem)),
  },
  { key: "preset", cell: ({ preset }) => preset },
  { key: "dataset", cell: ({ dataset }) => dataset },
  { key: "rows", cell: ({ rows }) => rows },
  {
    key: "updated",
    cell: ({ updated }) => updated,
    show: ({ updated }) => (updated === undefined ? "" : time.format(new Date(updated))),
  },
];

const note = (problem: string | undefined) => (problem === undefined ? "" : `: ${problem.split("\n")[0]}`);

const furtherColumn = (key: string, number: string): Column<RunLine> => ({
  key,
  label: key.startsWith("row.") ? `${key.slice(4)} (${number})` : key.slice(7),
  cell: (line) => cellOf(line, key, number),
});

/** The columns that were chosen; else what differs in the configurations of one experiment, and a few results. */
function columnsOf({ state }: Context, shown: readonly RunLine[]): readonly string[] {
  const { columns } = state();
  if (columns.length > 0) return columns;
  const isOne = new Set(shown.map(({ experiment }) => experiment)).size === 1;
  const config = isOne ? configKeys(shown).filter((key) => key !== "dataset" && isDiffering(shown, key)) : [];
  const results = resultNames(shown);
  const usual = USUAL.filter((name) => results.includes(name)).slice(0, 3);
  return [...usual.map((name) => `row.${name}`), ...config.slice(0, 5).map((key) => `config.${key}`)];
}

const union = (lists: readonly (readonly string[])[]) => [...new Set(lists.flat())];
const configKeys = (lines: readonly RunLine[]) => union(lines.map(({ config }) => Object.keys(config)));
const resultNames = (lines: readonly RunLine[]) => union(lines.map(({ numbers = {} }) => Object.keys(numbers)));
const isDiffering = (lines: readonly RunLine[], key: string) =>
  new Set(lines.filter(({ status }) => status !== "broken").map(({ config }) => cellText(config[key]))).size > 1;

function columnMenu(context: Context, shown: readonly RunLine[], columns: readonly string[]): HTMLElement[] {
  const box = (name: string, label: string) =>
    tick(
      label,
      columns.includes(name),
      (on) => context.set({ columns: on ? [...columns, name] : columns.filter((one) => one !== name) }),
      name,
    );
  const section = (title: string, names: readonly string[], prefix: string) =>
    h("fieldset", {}, h("legend", {}, title), ...names.map((name) => box(prefix + name, name)));
  return [
    section("configuration", configKeys(shown), "config."),
    section("results", resultNames(shown), "row."),
    h("button", { type: "button", onclick: () => context.set({ columns: [] }) }, "Usual columns"),
  ];
}

const shareText = (done: number | undefined) => (done === undefined ? "" : `, ${Math.floor(100 * done)} %`);
