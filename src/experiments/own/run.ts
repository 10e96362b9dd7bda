/** Does the jobs of an experiment that is defined outside the library, one after another in this process. */
import { createHash } from "node:crypto";
import { engineRecord } from "../../engines";
import { type CellsOf, type Columns, progressMeter, type Row, readManifest } from "../../runs";
import { fail, isInterrupted, NonsmoothError, pause, show } from "../../util";
import { datasetName } from "../common/data";
import { recordEngine, resolveEngine } from "../common/engine";
import type { DataContext, Experiment, Plan, PlanContext, RunContext, Share } from "../types";
import type { OwnDefinition } from "./index";
import { rowFacts } from "./recorded";

/** What a definition comes to, for any settings and columns. */
export type Own<C extends object, R extends Row> = Pick<
  OwnDefinition<C, Columns, Columns>,
  "name" | "title" | "given" | "jobs" | "run"
> &
  Pick<Experiment<C, unknown, R>, "rows">;

type Job = CellsOf<Columns>;

/** `engine` and `dataset`, where an experiment has such settings, mean the same as everywhere. */
export async function resolveOwn<C extends object>(config: C, context: DataContext): Promise<C> {
  const { engine, dataset } = config as { readonly engine?: unknown; readonly dataset?: unknown };
  return {
    ...config,
    ...(typeof engine === "string" && { engine: await resolveEngine(engine, { precisions: [], log: context.log }) }),
    ...(typeof dataset === "string" && { dataset: await datasetName(dataset, context, { folders: true }) }),
  };
}

export function planOwn<C extends object, R extends Row>(
  own: Own<C, R>,
  config: C,
  { rows, share }: Pick<PlanContext<R>, "rows" | "share">,
): Plan {
  const jobs = jobsOf(own, config, share);
  const there = new Set(rows.map((row) => own.rows.key(row)));
  const done = [...jobs.keys()].filter((key) => there.has(key)).length;
  // what its jobs cost is not known
  return { runs: [{ name: own.title, format: "f64", runs: jobs.size, done, flop: 0, flopDone: 0 }], threads: 1 };
}

export async function runOwn<C extends object, R extends Row>(
  own: Own<C, R>,
  config: C,
  { store, signal, progress, log, dataDirectory, share }: RunContext<R>,
): Promise<void> {
  const jobs = jobsOf(own, config, share);
  const { engine } = config as { readonly engine?: unknown };
  store.record({ workers: 0, ...rowFacts(own.rows), ...(typeof engine === "string" && { engine }) });
  const left = [...jobs].filter(([key]) => !store.has(key));
  if (typeof engine === "string" && left.length > 0)
    recordEngine(store, engineRecord(engine).describe({}).settings, log);
  recordCode(own, left.length, store, log);
  const meter = progressMeter(jobs.size, jobs.size - left.length);
  progress(meter.current());
  for (const [, job] of left) {
    await pause(signal);
    signal.throwIfAborted();
    const label = labelOf(job);
    store.append(rowOf(own, job, label, await compute(own, job, label, { config, signal, dataDirectory, log })));
    progress(meter.advance({ label }));
  }
}

/** The jobs by the keys of their rows; with a share, those in it. */
export function jobsOf<C extends object, R extends Row>(own: Own<C, R>, config: C, share?: Share): Map<string, Job> {
  const all = allJobs(own, config);
  return share ? new Map([...all].filter(([key]) => share.has(key))) : all;
}

function allJobs<C extends object, R extends Row>({ name, given, rows, jobs }: Own<C, R>, config: C) {
  const all: unknown = jobs(structuredClone(config));
  if (!Array.isArray(all)) fail(name, "jobs must give a list", all);
  const byKey = new Map<string, Job>();
  for (const [i, job] of (all as Job[]).entries()) {
    const what = `${name}, job ${i}`;
    if (typeof job !== "object" || job === null) fail(what, "must be an object of cells", job);
    requireCells(what, job, given, "given");
    const key = rows.key(job);
    if (byKey.has(key)) fail(what, "must differ from the jobs before it", labelOf(job));
    byKey.set(key, job);
  }
  return byKey;
}

async function compute<C extends object, R extends Row>(
  { name, run }: Own<C, R>,
  job: Job,
  label: string,
  context: Parameters<Own<C, R>["run"]>[1],
): Promise<Job> {
  try {
    // what it changes in them would be another row's, or another configuration's
    return await run(structuredClone(job), { ...context, config: structuredClone(context.config) });
  } catch (error) {
    if (isInterrupted(error) || context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : show(error);
    const hint = "the rows before it are kept; run it again to go on with this job";
    throw new NonsmoothError(`${name}, ${label}`, `its job broke off: ${message}`, { cause: error, hint });
  }
}

function rowOf<C extends object, R extends Row>(
  { name, given, rows }: Own<C, R>,
  job: Job,
  label: string,
  found: Job,
): R {
  const what = `${name}, ${label}`;
  if (typeof found !== "object" || found === null) fail(what, "run must give an object of cells", found);
  const columns = Object.entries(rows.columns).filter(([column]) => !Object.hasOwn(given, column));
  requireCells(what, found, Object.fromEntries(columns), "found");
  return rows.check({ ...job, ...found }, what);
}

function requireCells(what: string, cells: Job, columns: Columns, kind: "given" | "found"): void {
  const names = Object.keys(columns);
  const stray = Object.keys(cells).find((cell) => !names.includes(cell));
  const rule = `must have the ${kind} columns, ${names.join(", ") || "none"}`;
  if (stray !== undefined) fail(what, rule, stray);
  for (const [column, { holds, rule: cellRule }] of Object.entries(columns)) {
    const cell = cells[column];
    if (cell === undefined) fail(what, rule, Object.keys(cells), `${column} is missing`);
    if (!holds(cell!)) fail(what, `its ${column} must be ${cellRule}`, cell);
  }
}

/** In a manifest: the text of `jobs` and `run`, hashed, and that of earlier rows, with how many there were when it changed. */
interface Definitions {
  readonly definition?: string;
  readonly earlierDefinitions?: readonly { readonly rows: number; readonly definition: string }[];
}

/**
 * Says so where rows were made by another text of `jobs` and `run` than that of now. The configuration does not name the code, so its rows are
 * taken for those of now; and a comment that was changed is no reason to compute them again.
 */
function recordCode<C extends object, R extends Row>(
  { name, run, jobs }: Own<C, R>,
  left: number,
  store: RunContext<R>["store"],
  log: (line: string) => void,
): void {
  const definition = createHash("sha256").update(`${jobs}\n${run}`).digest("hex").slice(0, 12);
  const rows = store.rows.length;
  const recorded = readManifest(store.directory)?.environment as Definitions | undefined;
  const before = recorded?.definition;
  if (rows === 0 || before === undefined) {
    store.record({ definition, earlierDefinitions: [] });
    return;
  }
  const earlier = recorded?.earlierDefinitions ?? [];
  const all = before === definition ? earlier : [...earlier, { rows, definition: before }];
  if (all.length > earlier.length && left > 0) store.record({ definition, earlierDefinitions: all });
  if (all.length > 0) {
    log(`${name}: its definition was changed since its first rows were made; fresh: true computes them again`);
  }
}

/** "width 8, trial 0" */
const labelOf = (job: Job): string =>
  Object.entries(job)
    .map(([column, cell]) => `${column} ${typeof cell === "string" ? cell : show(cell)}`)
    .join(", ") || "its only job";
