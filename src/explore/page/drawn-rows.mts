/// <reference lib="dom" />
/** The rows that curves and distributions draw: a slider for ReLU'(0), and boxes for precision, trial and what else differs. */
import { type Cell, cellText, type Row } from "./cells.mjs";
import type { Context } from "./context.mjs";
import { fill, h, tick } from "./dom.mjs";
import { chosen, columnsIn, keysIn, partOf, sliderColumn, valuesIn } from "./series.mjs";

/** Values that get a box each. */
const MOST_BOXES = 60;

export interface Drawn {
  /** Those of the slider's place. */
  readonly rows: readonly Row[];
  /** Those of all its places, for axes that stand still while it moves. */
  readonly all: readonly Row[];
  readonly keys: readonly string[];
  readonly columns: readonly string[];
}

/** @param apart the column along x, which needs no boxes */
export function rowChoice(context: Context, apart: () => string) {
  const slider = valueSlider(context);
  const boxes = h("div", { class: "controls" });
  let shown = "";
  let wanted: { readonly of: readonly Row[]; readonly only: unknown; readonly rows: readonly Row[] } | undefined;
  const update = (): Drawn => {
    const rows = context.rows();
    const columns = columnsIn(rows);
    const keys = keysIn(rows, keysOf(context));
    const { only, value } = context.state();
    const along = sliderColumn(columns);
    const asked = keys.filter((name) => name !== along && name !== apart());
    const facets = asked.map((name) => [name, valuesIn(rows, name, MOST_BOXES)] as const);
    const useful = facets.filter(([, cells]) => cells.length > 1 && cells.length <= MOST_BOXES);
    const now = JSON.stringify([useful, only]);
    if (now !== shown) fill(boxes, ...useful.map(([name, cells]) => boxesOf(context, name, cells)));
    shown = now;
    slider.update(along, along === undefined ? [] : valuesIn(rows, along));
    // the same list while the slider moves, so that what was found in it stays known
    if (wanted?.of !== rows || wanted.only !== only) wanted = { of: rows, only, rows: chosen(rows, only) };
    const all = wanted.rows;
    const here = along === undefined || value === "" ? all : partOf(all, along, value);
    return { rows: here, all, keys, columns };
  };
  return { element: h("div", {}, slider.element, boxes), update };
}

function keysOf({ store, selected }: Context): string[] {
  return [...new Set(selected().flatMap(({ experiment }) => store.experiments.get(experiment)?.key ?? []))];
}

function boxesOf(context: Context, name: string, cells: readonly Cell[]): HTMLElement {
  const wanted = context.state().only[name] ?? [];
  const change = (text: string, on: boolean) => {
    const { only } = context.state();
    const now = (only[name] ?? []).filter((one) => one !== text);
    context.set({ only: { ...only, [name]: on ? [...now, text] : now } });
  };
  const box = (cell: Cell) => {
    const text = cellText(cell);
    return tick(text, wanted.includes(text), (on) => change(text, on), `${name} ${text}`);
  };
  const legend = wanted.length === 0 ? `${name}: all` : name;
  return h("fieldset", {}, h("legend", {}, legend), ...cells.map(box));
}

/** From "all" through the values of ReLU'(0) that there are. */
function valueSlider(context: Context) {
  const output = h("output");
  const range = h("input", { type: "range", min: 0, step: 1, id: "value", "data-key": "value" });
  const label = h("label", { class: "slider" }, "ReLU'(0)", range, output);
  const element = h("div", { class: "controls" }, label);
  let texts: readonly string[] = [];
  range.addEventListener("input", () => context.set({ value: texts[range.valueAsNumber] ?? "" }));
  const update = (column: string | undefined, cells: readonly Cell[]) => {
    element.hidden = cells.length < 2;
    texts = ["", ...cells.map((cell) => cellText(cell))];
    const { value } = context.state();
    label.firstChild!.textContent = column === "tie" ? "value at ties" : "ReLU'(0)";
    range.max = String(texts.length - 1);
    range.value = String(Math.max(0, texts.indexOf(value)));
    output.textContent = value === "" ? `all ${cells.length}` : value;
    range.setAttribute("aria-valuetext", output.textContent);
  };
  return { element, update };
}
