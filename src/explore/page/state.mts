/** What a view shows, and how it is written in the address, so that a link shows the same. */

export const views = ["runs", "compare", "curves", "distribution", "rows"] as const;
export type ViewName = (typeof views)[number];

export interface State {
  readonly view: ViewName;
  /** The selected runs, `<experiment>/<hash>`. */
  readonly runs: readonly string[];
  readonly filter: string;
  /** A column of the table of runs, "-name" downwards. */
  readonly sort: string;
  /** Further columns of it: `config.epochs`, `row.testAccuracy`; none: those that seem of use. */
  readonly columns: readonly string[];
  /** Which number of a column of rows: last, mean, min, max. */
  readonly number: string;
  readonly x: string;
  readonly y: string;
  readonly color: string;
  /** The slider: a value of ReLU'(0), or "" for all. */
  readonly value: string;
  /** "yes": the mean over trials in place of each trial. */
  readonly mean: string;
  /** "yes": a logarithmic axis for y. */
  readonly log: string;
  /** Of a distribution. */
  readonly column: string;
  readonly kind: string;
  /** By column, the values that are drawn; none: all. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  readonly rowFilter: string;
  readonly rowSort: string;
}

export const initial: State = {
  view: "runs",
  runs: [],
  filter: "",
  sort: "-updated",
  columns: [],
  number: "last",
  x: "",
  y: "",
  color: "",
  value: "",
  mean: "",
  log: "",
  column: "",
  kind: "histogram",
  only: {},
  rowFilter: "",
  rowSort: "",
};

const LISTS = ["runs", "columns"] as const;
const isList = (name: string): name is (typeof LISTS)[number] => (LISTS as readonly string[]).includes(name);
const ONLY = "only.";

/** What differs from the first view, as the part of an address after #. */
export function toHash(state: State): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (name === "only") continue;
    const text = Array.isArray(value) ? joined(value) : String(value);
    const usual = initial[name as keyof State];
    if (text !== (Array.isArray(usual) ? "" : usual)) words.set(name, text);
  }
  for (const [column, values] of Object.entries(state.only)) {
    if (values.length > 0) words.set(ONLY + column, joined(values));
  }
  return words.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
}

/** The view of an address; what cannot be read in it is as in the first view. */
export function fromHash(hash: string): State {
  const state: Record<string, unknown> = { ...initial };
  const only: Record<string, readonly string[]> = {};
  for (const [name, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    if (name.startsWith(ONLY)) only[name.slice(ONLY.length)] = split(text);
    else if (isList(name)) state[name] = split(text);
    else if (Object.hasOwn(initial, name) && name !== "only") state[name] = text;
  }
  if (!(views as readonly unknown[]).includes(state.view)) state.view = initial.view;
  return { ...state, only } as unknown as State;
}

// a value may hold a comma
const joined = (values: readonly string[]) => values.map((value) => value.replace(/[\\,]/g, "\\$&")).join(",");
const split = (text: string) => (text.match(/(?:\\.|[^,\\])+/g) ?? []).map((value) => value.replace(/\\(.)/g, "$1"));
