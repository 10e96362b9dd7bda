/// <reference lib="dom" />
/** Puts the page together: the address, the tabs, the views, and the runs as they grow. */
import type { RunLine } from "../types.js";
import type { Row } from "./cells.mjs";
import { compareView } from "./compare-view.mjs";
import type { Context, View } from "./context.mjs";
import { curvesView } from "./curves-view.mjs";
import { distributionView } from "./distribution-view.mjs";
import { byId, fill, h } from "./dom.mjs";
import { onDarkness, plotly } from "./plot.mjs";
import { rowsView } from "./rows-view.mjs";
import { runsView } from "./runs-view.mjs";
import { fromHash, type State, toHash, type ViewName, views } from "./state.mjs";
import { Store } from "./store.mjs";

/** How often the runs are asked for, in milliseconds. */
const EVERY = 2000;
/** While rows are still being read. */
const SOON = 100;

const store = new Store();
let state = fromHash(location.hash);
let rows: readonly Row[] = [];
/** What the rows are of. */
let joined = "";

const context: Context = {
  store,
  state: () => state,
  set(change) {
    const isOther = change.view !== undefined && change.view !== state.view;
    state = { ...state, ...change };
    const address = `#${toHash(state)}`;
    // the way back leads through views, not through every letter of a filter
    if (isOther) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    void changed();
  },
  selected: () => state.runs.flatMap((id) => store.line(id) ?? []),
  rows: () => rows,
};

const make: Readonly<Record<ViewName, (context: Context) => View>> = {
  runs: runsView,
  compare: compareView,
  curves: curvesView,
  distribution: distributionView,
  rows: rowsView,
};
const made = new Map<ViewName, View>();

/** Views that draw the rows of the selected runs. */
const needsRows = (view: ViewName) => view !== "runs" && view !== "compare";

async function changed(): Promise<void> {
  joinRows();
  show();
  if (!needsRows(state.view)) return;
  if (await store.load(state.runs)) {
    joinRows();
    show();
  }
}

/** The same list while no row is new: views remember what they found in it. */
function joinRows(): void {
  const lines = context.selected();
  const now = lines.map(({ id }) => `${id} ${store.loaded.get(id)?.line.stamp}`).join("\n");
  if (now === joined) return;
  joined = now;
  rows = joinedRows(lines);
}

function joinedRows(lines: readonly RunLine[]): Row[] {
  const isOne = new Set(lines.map(({ experiment }) => experiment)).size === 1;
  return lines.flatMap(({ id, experiment }) => {
    const own = store.loaded.get(id)?.rows ?? [];
    return isOne ? own : own.map((row) => ({ experiment, ...row }));
  });
}

function show(): void {
  const { view, runs } = state;
  fill(byId("tabs"), ...views.map(tab));
  byId("selected").textContent = runs.length === 1 ? "1 run selected" : `${runs.length} runs selected`;
  const place = byId("view");
  place.setAttribute("aria-labelledby", `tab-${view}`);
  const element = notice() ?? viewOf(view).element;
  if (element.parentNode !== place) fill(place, element);
  if (element === made.get(view)?.element) viewOf(view).update();
}

function viewOf(view: ViewName): View {
  if (!made.has(view)) made.set(view, make[view](context));
  return made.get(view)!;
}

/** What is said in the place of a view that has nothing to draw. */
function notice(): HTMLElement | undefined {
  const { view, runs } = state;
  if (!needsRows(view)) return undefined;
  if (context.selected().length === 0) return nothingSelected();
  return !store.has(runs) || rows.length === 0 ? noRows(runs) : undefined;
}

const noRows = (runs: readonly string[]) =>
  h("p", { class: "empty" }, store.has(runs) ? "The selected runs have no rows yet." : "Reading the rows …");

function nothingSelected(): HTMLElement {
  const newest = [...store.lines]
    .filter(({ status, rows: count }) => status !== "broken" && count > 0)
    .sort((a, b) => ((a.updated ?? "") < (b.updated ?? "") ? 1 : -1))[0];
  const select = () => newest && context.set({ runs: [newest.id] });
  return h(
    "div",
    { class: "empty" },
    h("p", {}, "No run is selected. Select some in the table of runs."),
    newest && h("button", { type: "button", onclick: select }, `Select the newest, ${newest.id}`),
  );
}

function tab(name: ViewName, index: number): HTMLElement {
  const isChosen = name === state.view;
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    context.set({ view: views[(index + by + views.length) % views.length]! });
    byId(`tab-${state.view}`).focus();
  };
  return h(
    "button",
    {
      type: "button",
      role: "tab",
      id: `tab-${name}`,
      "data-key": name,
      "aria-selected": String(isChosen),
      "aria-controls": "view",
      tabindex: isChosen ? 0 : -1,
      onclick: () => context.set({ view: name }),
      onkeydown: move,
    },
    name[0]!.toUpperCase() + name.slice(1),
  );
}

async function follow(): Promise<void> {
  try {
    const isNew = document.visibilityState === "visible" && (await store.poll());
    live(`live, ${store.lines.filter(({ status }) => status === "running").length} running`);
    if (isNew) await changed();
  } catch {
    live("no answer: start nonsmooth explore again", true);
  }
  setTimeout(follow, store.unread > 0 ? SOON : EVERY);
}

function live(text: string, isLost = false): void {
  const place = byId("live");
  // a reader of the screen is told what is new only
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("lost", isLost);
}

async function copy(): Promise<void> {
  await navigator.clipboard.writeText(location.href);
  byId("copy").textContent = "Copied";
  setTimeout(() => {
    byId("copy").textContent = "Copy link";
  }, 1500);
}

function readAddress(): void {
  state = fromHash(location.hash) as State;
  void changed();
}

addEventListener("popstate", readAddress);
addEventListener("hashchange", readAddress);
onDarkness(show);
byId("copy").addEventListener("click", copy);

await store.begin().catch((error: Error) => {
  fill(byId("view"), h("p", { class: "problem" }, error.message));
  throw error;
});
await changed();
performance.mark("first view");
setTimeout(follow, store.unread > 0 ? SOON : EVERY);
requestIdleCallback(() => void plotly());
