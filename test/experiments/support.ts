/** Small trainings for the tests: glyphs through a perceptron, a second at most. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import {
  type RunOptions,
  type RunResult,
  runExperiment,
  type TrainingConfig,
  type TrainingRow,
  type TrainingSummary,
  training,
} from "../../src/experiments";
import type { Answered, Row } from "../../src/runs";

export const SMALL = {
  dataset: "glyphs",
  images: 120,
  testImages: 50,
  widths: [12],
  batchSize: 40,
  epochs: 2,
  runs: 1,
  threads: 1,
};

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-experiments-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The rows, none of which may be of a run that broke off. */
export function answered<R extends Row>(rows: readonly R[]): Answered<R>[] {
  expect(rows.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  return rows.filter((row): row is Answered<R> => row.outcome !== "failed");
}

export function train(
  set: Readonly<Record<string, unknown>>,
  options: RunOptions = {},
): Promise<RunResult<TrainingConfig, TrainingSummary, TrainingRow>> {
  return runExperiment(training, { runs: temporaryFolder(), ...options, set: { ...SMALL, ...set } });
}
