/// <reference lib="dom" />
/** How the cells of a column are spread. */
import { type Cell, cellText, csv, type Row } from "./cells.mjs";
import { type Context, lookOf, nameOf, type View } from "./context.mjs";
import { choice, download, h } from "./dom.mjs";
import { rowChoice } from "./drawn-rows.mjs";
import { axis, isDark, plotView, type Trace } from "./plot.mjs";
import { numericIn, scalarsIn, usualAxes, valuesIn } from "./series.mjs";

const KINDS = ["histogram", "strip"] as const;
const MOST_GROUPS = 40;

export function distributionView(context: Context): View {
  const column = choice("Column", (value) => context.set({ column: value }));
  const color = choice("Colour", (value) => context.set({ color: value }));
  const kind = choice("Drawn as", (value) => context.set({ kind: value }));
  const rows = rowChoice(context, () => "");
  const plot = plotView();
  let name = "";
  let table = () => "";
  const controls = h(
    "div",
    { class: "controls" },
    column.element,
    color.element,
    kind.element,
    h("button", { type: "button", onclick: () => plot.save("png", name) }, "PNG"),
    h("button", { type: "button", onclick: () => plot.save("svg", name) }, "SVG"),
    h("button", { type: "button", onclick: () => download(`${name}.csv`, table(), "text/csv") }, "CSV"),
  );
  const element = h("div", {}, controls, rows.element, plot.element);
  const update = () => {
    const state = context.state();
    const { rows: here, all, keys, columns } = rows.update();
    const usual = usualAxes(all, keys);
    const numeric = numericIn(all);
    name = numeric.includes(state.column) ? state.column : usual.y;
    const by = columns.includes(state.color) ? state.color : usual.color;
    column.set(numeric, name);
    color.set(scalarsIn(all), by);
    kind.set(KINDS, state.kind);
    table = () => csv([...new Set([name, by, ...keys])], here);
    const groups = valuesIn(all, by, MOST_GROUPS).slice(0, MOST_GROUPS);
    const traces = groups.map((cell, index) => traceOf(context, { here, name, by, cell, index, kind: state.kind }));
    const isStrip = state.kind === "strip";
    const layout = {
      barmode: "overlay",
      xaxis: axis(isStrip ? by : name, isStrip ? { type: "category" } : {}),
      yaxis: axis(isStrip ? name : "rows"),
      showlegend: !isStrip,
    };
    void plot.update(traces, layout, `${state.kind} of ${name} in ${here.length} rows, coloured by ${by}`);
  };
  return { element, update };
}

interface Wanted {
  readonly here: readonly Row[];
  readonly name: string;
  readonly by: string;
  readonly cell: Cell;
  readonly index: number;
  readonly kind: string;
}

function traceOf({ store }: Context, { here, name, by, cell, index, kind }: Wanted): Trace {
  const own = here.filter((row) => cellText(row[by]) === cellText(cell)).map((row) => row[name]);
  const cells = own.filter((one) => typeof one === "number");
  const { color, symbol } = lookOf(store.looks, by, cell, index, isDark());
  const named = { name: nameOf(by, cell) };
  if (kind !== "strip") return { ...named, type: "histogram", x: cells, marker: { color }, opacity: 0.6 };
  return {
    ...named,
    type: "box",
    y: cells,
    boxpoints: "all",
    jitter: 0.6,
    pointpos: 0,
    fillcolor: "rgba(0,0,0,0)",
    line: { color, width: 1 },
    marker: { color, symbol, size: 5, opacity: 0.7 },
  };
}
