/** All trainings of a sweep, one after another in this process: what is over is left out, what is under way goes on. */
import { rmSync } from "node:fs";
import { createEngine } from "../../engines";
import { type Row, type RunStore, readManifest } from "../../runs";
import type { TrainingEvent } from "../../train";
import type { RunContext } from "../types";
import { factsOf, type NetworkFacts, price } from "./cost";
import { provenanceOf } from "./data";
import { type RunProgress, SweepProgress } from "./progress";
import { type Cell, groupRows, type Run, runKey } from "./runs";
import { checkpointFolder, isOver, type Setting, trainRun } from "./unit";

export interface Sweep extends Omit<Setting, "engine"> {
  readonly runs: readonly Run[];
}

/** Does what the run folder does not hold yet. */
export async function runSweep(sweep: Sweep, context: RunContext): Promise<void> {
  const { config, problem, shape, runs, evaluated, saveWeights } = sweep;
  const { store, signal } = context;
  store.record({
    dataset: provenanceOf(problem.training),
    [evaluated]: provenanceOf(problem.evaluation),
    engine: config.engine,
    threads: config.threads,
  });
  const earlier = groupRows(store.rows);
  const rowsOf = (run: Run) => earlier.get(runKey(run)) ?? [];
  const facts = factsOf(config, shape);
  const broken = new BrokenFiles(store);
  const progress = new SweepProgress(config, await progressRuns(sweep, facts, rowsOf), context.progress);
  const engine = createEngine(config.engine, { threads: config.threads });
  try {
    for (const run of runs) {
      const rows = rowsOf(run);
      if (isOver(run, rows, store.directory, saveWeights)) continue;
      signal.throwIfAborted();
      const advance = progress.begin(run);
      const onEvent = (event: TrainingEvent, skipped: readonly string[]) => {
        broken.add(skipped);
        advance(event);
      };
      await trainRun({ ...sweep, engine }, run, await facts(run), { store, signal, rows, onEvent });
      progress.end();
    }
  } finally {
    await engine.dispose();
  }
  rmSync(checkpointFolder(store.directory), { recursive: true, force: true });
}

/** What each run costs and how much of it is done. */
async function progressRuns(
  { config, problem, runs }: Sweep,
  facts: (cell: Cell) => Promise<NetworkFacts>,
  rowsOf: (run: Run) => readonly Row[],
): Promise<RunProgress[]> {
  const batches = Math.ceil(problem.training.count / config.batchSize);
  const found = runs.map(async (run) => {
    const { step, evaluation } = await facts(run);
    const rows = rowsOf(run);
    return {
      run,
      batches,
      step: price[run.precision] * step * (problem.training.count / batches),
      evaluation: price[run.precision] * evaluation * problem.evaluation.count,
      done: rows.some((row) => row.outcome !== "running") ? config.epochs : rows.length,
    };
  });
  return Promise.all(found);
}

/** The files that were skipped as broken, in the manifest; those of earlier sessions, too. */
class BrokenFiles {
  private readonly files: Set<string>;

  constructor(private readonly store: RunStore) {
    this.files = new Set((readManifest(store.directory)?.environment.skippedFiles as string[] | undefined) ?? []);
  }

  add(found: readonly string[]): void {
    const before = this.files.size;
    for (const file of found) this.files.add(file);
    if (this.files.size > before) this.store.record({ skippedFiles: [...this.files].sort() });
  }
}
