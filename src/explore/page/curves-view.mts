/// <reference lib="dom" />
/** Curves of the selected runs over each other. */
import { cellText, csv, type Row } from "./cells.mjs";
import { type Context, lookOf, nameOf, type View } from "./context.mjs";
import { choice, download, h, tick } from "./dom.mjs";
import { rowChoice } from "./drawn-rows.mjs";
import { axis, isDark, plotView, type Trace } from "./plot.mjs";
import { columnsIn, type Drawing, draw, numericIn, rangeOf, scalarsIn, usualAxes, valuesIn } from "./series.mjs";

/** More points than this are drawn as thin lines, without dashes and markers: browsers take long for those. */
const MOST_MARKERS = 1500;
/** More values than this share colours in no particular order. */
const MOST_COLORS = 1000;
/** More colours than this have no legend. */
const MOST_NAMES = 40;

export function curvesView(context: Context): View {
  const [x, y, color] = (["x", "y", "color"] as const).map((name) =>
    choice(name === "color" ? "Colour" : name, (value) => context.set({ [name]: value })),
  ) as [ReturnType<typeof choice>, ReturnType<typeof choice>, ReturnType<typeof choice>];
  const toggles = h("span", { class: "controls" });
  const rows = rowChoice(context, () => axes.x);
  const plot = plotView();
  let axes = { x: "", y: "", color: "" };
  let table = () => "";
  const exports = h(
    "span",
    { class: "controls" },
    h("button", { type: "button", onclick: () => plot.save("png", axes.y) }, "PNG"),
    h("button", { type: "button", onclick: () => plot.save("svg", axes.y) }, "SVG"),
    h("button", { type: "button", onclick: () => download(`${axes.y}.csv`, table(), "text/csv") }, "CSV"),
  );
  const controls = h("div", { class: "controls" }, x.element, y.element, color.element, toggles, exports);
  const element = h("div", {}, controls, rows.element, plot.element);
  const update = () => {
    const state = context.state();
    axes = axesOf(context);
    const { rows: here, all, keys } = rows.update();
    const scalars = scalarsIn(all);
    x.set(scalars, axes.x);
    y.set(numericIn(all), axes.y);
    color.set(scalars, axes.color);
    toggles.replaceChildren(
      tick("mean over trials", state.mean === "yes", (on) => context.set({ mean: on ? "yes" : "" })),
      tick("logarithmic y", state.log === "yes", (on) => context.set({ log: on ? "yes" : "" })),
    );
    const drawing = draw(here, { ...axes, keys, mean: state.mean === "yes" });
    table = () => csv([...new Set([axes.x, axes.y, axes.color, ...keys])], here);
    const order = valuesIn(all, axes.color, MOST_COLORS).map((cell) => cellText(cell));
    const lines = drawing.groups.reduce((sum, group) => sum + group.lines, 0);
    const label = `${axes.y} by ${axes.x}, ${lines} ${drawing.joined ? "lines" : "groups of points"}, coloured by ${axes.color}`;
    const isLog = state.log === "yes";
    const range = isLog ? undefined : rangeOf(all, axes.y);
    void plot.update(
      tracesOf(context, drawing, axes.color, order),
      {
        xaxis: axis(axes.x, wholeTicks(here, axes.x)),
        yaxis: axis(axes.y, { ...(range && { range }), ...(isLog && { type: "log" }) }),
        showlegend: drawing.groups.length <= MOST_NAMES,
      },
      label,
    );
  };
  return { element, update };
}

function axesOf(context: Context) {
  const rows = context.rows();
  const columns = columnsIn(rows);
  const usual = usualAxes(rows, [
    ...new Set(context.selected().flatMap(({ experiment }) => keyOf(context, experiment))),
  ]);
  const { x, y, color } = context.state();
  const there = (name: string, otherwise: string) => (columns.includes(name) ? name : otherwise);
  return { x: there(x, usual.x), y: there(y, usual.y), color: there(color, usual.color) };
}

const keyOf = ({ store }: Context, experiment: string) => store.experiments.get(experiment)?.key ?? [];

/** No ticks between epochs where there are few. */
function wholeTicks(rows: readonly Row[], x: string) {
  const range = rangeOf(rows, x);
  const isFew = range !== undefined && range[1] - range[0] < 20;
  return isFew && rows.every((row) => Number.isInteger(row[x] ?? 0)) ? { dtick: 1 } : {};
}

/** @param order all cells of the colour's column, so that each has one look wherever the slider is */
function tracesOf(
  context: Context,
  { groups, joined, points }: Drawing,
  column: string,
  order: readonly string[],
): Trace[] {
  const dark = isDark();
  return groups.map(({ cell, x, y, text }) => {
    const { color, symbol, dash } = lookOf(
      context.store.looks,
      column,
      cell,
      Math.max(0, order.indexOf(cellText(cell))),
      dark,
    );
    const isMany = points > MOST_MARKERS;
    const mode = joined ? (isMany ? "lines" : "lines+markers") : "markers";
    return {
      type: "scatter",
      name: nameOf(column, cell),
      mode,
      x,
      y,
      text,
      line: isMany ? { color, width: 1 } : { color, dash, width: 1.6 },
      marker: { color, symbol, size: 6 },
      connectgaps: false,
      hovertemplate: "%{x}: %{y}<br>%{text}",
    };
  });
}
