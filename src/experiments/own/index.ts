/** Experiments that are defined outside the library: in a cell, or in a file of one's own. */
import { type CellsOf, type Columns, type DeclaredRow, type Row, rowSchema } from "../../runs";
import { fail } from "../../util";
import { presetNames } from "../config";
import type { Experiment, Preset } from "../types";
import { jobsOf, planOwn, resolveOwn, runOwn } from "./run";
import { type ConfigOf, type SettingsDefinition, schemaOf } from "./settings";

export type { ConfigOf, SettingsDefinition } from "./settings";

/** What a job gets. */
export interface JobContext<C> {
  readonly config: C;
  /** Aborted when the run is stopped; `train` stops by itself in a notebook. */
  readonly signal: AbortSignal;
  /** Where datasets are looked for first. */
  readonly dataDirectory?: string;
  readonly log: (line: string) => void;
}

/** What an experiment is, once its settings are a configuration. */
export interface OwnDefinition<C, G extends Columns, F extends Columns> {
  /** Of its run folders, and in lists: lower-case words joined by hyphens; none of the library's. */
  readonly name: string;
  /** The question that it asks. */
  readonly title: string;
  /** The columns of a row that are known before it is computed. They tell rows apart and order them, the first one first. */
  readonly given: G;
  /** The columns that a job fills. */
  readonly found: F;
  /** What is computed: the given cells of each row. */
  jobs(config: C): readonly CellsOf<G>[];
  /**
   * Computes the found cells of a row. It depends on the configuration and the job alone, or else a run that goes on differs from one without
   * a break. An error ends the run.
   */
  run(job: CellsOf<G>, context: JobContext<C>): CellsOf<F> | Promise<CellsOf<F>>;
}

/** The same type, which the compiler takes from elsewhere: TypeScript 5.0, the notebooks' own, has no NoInfer. */
type Fixed<T> = [T][T extends unknown ? 0 : never];

export interface ExperimentDefinition<T extends SettingsDefinition, G extends Columns, F extends Columns, S>
  extends OwnDefinition<ConfigOf<T>, G, F> {
  /** Every setting with its default: a number, text, truth, or list or object of these; or a zod type with a default. */
  readonly settings: T;
  /** Settings that differ in a preset; default: none. */
  readonly presets?: Partial<Record<Preset, Partial<ConfigOf<Fixed<T>>>>>;
  /** A pure function of all rows, for the manifest and `summary` of the result; default: the number of rows. */
  summarize?(rows: readonly DeclaredRow<G, F>[], config: ConfigOf<T>): S;
}

/** By name; the latest one if it was defined again. */
const defined = new Map<string, Experiment>();

/** An experiment of this process that the library does not have. */
export const definedExperiment = (name: string): Experiment | undefined => defined.get(name);

/** @param taken the names of the library's own experiments */
export function makeExperiment<
  T extends SettingsDefinition,
  const G extends Columns,
  const F extends Columns,
  S = { readonly rows: number },
>(
  definition: ExperimentDefinition<T, G, F, S>,
  taken: readonly string[],
): Experiment<ConfigOf<T>, S, DeclaredRow<G, F>> {
  requireDefinition(definition, taken);
  const { name, title, settings, given, found, presets = {}, jobs, run } = definition;
  const { summarize = (all: readonly Row[]) => ({ rows: all.length }) as S } = definition;
  const rows = rowSchema({ given, found, key: Object.keys(given) as (keyof (G & F) & string)[] });
  const own = { name, title, given, rows, jobs, run };
  const experiment: Experiment<ConfigOf<T>, S, DeclaredRow<G, F>> = {
    name,
    title,
    summary: title,
    source: "defined outside the library",
    schema: schemaOf(name, settings),
    presets: { smoke: {}, laptop: {}, paper: {}, ...presets },
    rows,
    resolve: resolveOwn,
    plan: async (config, context) => planOwn(own as never, config, context as never),
    // what its jobs cost is not known
    units: async (config) => [...jobsOf(own as never, config).keys()].map((key) => ({ key, cost: 1 })),
    stray(some, config) {
      const keys = jobsOf(own as never, config);
      return some.filter((row) => !keys.has(rows.key(row)));
    },
    run: (config, context) => runOwn(own as never, config, context as never),
    summarize,
  };
  defined.set(name, experiment as unknown as Experiment);
  return experiment;
}

function requireDefinition(given: unknown, taken: readonly string[]): void {
  if (typeof given !== "object" || given === null) fail("defineExperiment", "must get an object", given);
  const definition = given as Readonly<Record<string, unknown>>;
  const { name, title, presets } = definition;
  if (typeof name !== "string" || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    fail("experiment name", "must be lower-case words joined by hyphens", name);
  }
  if (taken.includes(name as string)) {
    fail("experiment name", "must not be that of an experiment of the library", name, `my-${name}, for instance`);
  }
  const what = `experiment ${name}`;
  if (typeof title !== "string" || title.trim() === "") fail(what, "title must be text", title);
  for (const part of ["given", "found"]) requireColumns(`${what}, ${part}`, definition[part]);
  const twice = Object.keys(definition.given as Columns).find((name) =>
    Object.hasOwn(definition.found as Columns, name),
  );
  if (twice !== undefined) fail(what, "a column must be given or found, not both", twice);
  for (const part of ["jobs", "run"]) {
    if (typeof definition[part] !== "function") fail(what, `${part} must be a function`, definition[part]);
  }
  const stray = Object.keys(presets ?? {}).find((preset) => !(presetNames as readonly string[]).includes(preset));
  if (stray !== undefined) fail(`${what}, presets`, `must be among ${presetNames.join(", ")}`, stray);
}

function requireColumns(what: string, given: unknown): void {
  const hint = 'such as { trial: column.integer("number of the run") }';
  if (typeof given !== "object" || given === null) fail(what, "must be an object of columns", given, hint);
  for (const [name, column] of Object.entries(given as object)) {
    if (typeof (column as { holds?: unknown } | null)?.holds !== "function")
      fail(`${what}, ${name}`, "must be a column", column, hint);
  }
}
