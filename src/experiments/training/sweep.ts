/** All trainings of a sweep, one after another in this process: finished ones are left out, unfinished ones continue. */

import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { createEngine } from "../../engines";
import { precisionOf } from "../../formats";
import { type RunStore, readManifest } from "../../runs";
import type { TrainingEvent } from "../../train";
import { NonsmoothError } from "../../util";
import { checkpointFolder } from "../common/checkpoint";
import { provenanceOf } from "../common/data";
import { recordEngine } from "../common/engine";
import type { RunContext } from "../types";
import { checkStep, factsOf, type NetworkFacts } from "./facts";
import { type RunProgress, SweepProgress } from "./progress";
import { endOf, type SweepRow } from "./rows";
import { type Cell, groupRows, isIn, type Run, runKey } from "./runs";
import { isOver, type Setting, trainRun } from "./unit";

export interface Sweep<R extends SweepRow> extends Omit<Setting<R>, "engine"> {
  readonly runs: readonly Run[];
}

/** Does what is not yet in the run folder. */
export async function runSweep<R extends SweepRow>(sweep: Sweep<R>, context: RunContext<R>): Promise<void> {
  const { config, problem, shape, judge, saveWeights } = sweep;
  const { store, signal, log, checkpointSeconds, share } = context;
  const runs = sweep.runs.filter((run) => isIn(share, run));
  const data = { dataset: provenanceOf(problem.training), [judge.images]: provenanceOf(problem.evaluation) };
  requireSameData(store, data);
  await requireLastBatch(sweep);
  store.record({
    ...data,
    engine: config.engine,
    threads: config.threads,
  });
  const earlier = groupRows(store.rows);
  const rowsOf = (run: Run) => earlier.get(runKey(run)) ?? [];
  const facts = factsOf(config, shape);
  const broken = new BrokenFiles(store, log);
  const progress = new SweepProgress(config, await progressRuns({ ...sweep, runs }, facts, rowsOf), context.progress);
  const engine = createEngine(config.engine, { threads: config.threads });
  try {
    const folders = [store.directory, ...(store.otherFolders ?? [])];
    const left = runs.filter((run) => !isOver(run, rowsOf(run), folders, saveWeights));
    if (left.length > 0) recordEngine(store, engine.settings, log);
    for (const run of left) {
      const rows = rowsOf(run);
      signal.throwIfAborted();
      const advance = progress.begin(run);
      const onEvent = (event: TrainingEvent, skipped: readonly string[]) => {
        broken.add(skipped);
        advance(event);
      };
      await trainRun({ ...sweep, engine }, run, await facts(run), { store, signal, rows, onEvent, checkpointSeconds });
      progress.end();
    }
  } finally {
    await engine.dispose();
  }
}

/** Runs of one folder must not have seen different data: a dataset may have been completed or replaced meanwhile. */
function requireSameData(store: RunStore, data: Readonly<Record<string, unknown>>): void {
  const earlier = readManifest(store.directory)?.environment ?? {};
  if (store.rows.length === 0 && !existsSync(checkpointFolder(store.directory))) return;
  for (const [part, now] of Object.entries(data)) {
    if (earlier[part] === undefined || isDeepStrictEqual(earlier[part], JSON.parse(JSON.stringify(now)))) continue;
    throw new NonsmoothError(`run folder, ${part}`, "must be the data that it began with", {
      got: now,
      hint: "start it over with --fresh",
      code: "run-folder-mismatch",
    });
  }
}

/** Builds the step for the images left over for a last batch, which a network may refuse. */
async function requireLastBatch<R extends SweepRow>({ config, problem, shape, runs }: Sweep<R>): Promise<void> {
  const rest = problem.training.count % config.batchSize;
  const networks = new Map(runs.map((run) => [`${run.batchNorm} ${run.dropout}`, run]));
  if (rest > 0) for (const run of networks.values()) await checkStep(config, run, shape, rest);
}

/** What each run costs and how much of it is done. */
async function progressRuns<R extends SweepRow>(
  { config, problem, runs }: Sweep<R>,
  facts: (cell: Cell) => Promise<NetworkFacts>,
  rowsOf: (run: Run) => readonly R[],
): Promise<RunProgress[]> {
  const batches = Math.ceil(problem.training.count / config.batchSize);
  const found = runs.map(async (run) => {
    const { step, evaluation } = await facts(run);
    const rows = rowsOf(run);
    return {
      run,
      batches,
      step: precisionOf(run.precision).price * step * (problem.training.count / batches),
      evaluation: precisionOf(run.precision).price * evaluation * problem.evaluation.count,
      done: endOf(rows) ? config.epochs : rows.length,
    };
  });
  return Promise.all(found);
}

/** The files that were skipped as broken, in the manifest; those of earlier sessions, too. */
class BrokenFiles {
  private readonly files: Set<string>;

  constructor(
    private readonly store: RunStore,
    private readonly log: (line: string) => void,
  ) {
    this.files = new Set(readManifest(store.directory)?.environment.skippedFiles ?? []);
  }

  add(found: readonly string[]): void {
    const fresh = found.filter((file) => !this.files.has(file));
    if (fresh.length === 0) return;
    for (const file of fresh) {
      this.files.add(file);
      this.log(`skipped as broken: ${file}`);
    }
    this.store.record({ skippedFiles: [...this.files].sort(), skippedCount: this.files.size });
  }
}
