import { dataSource } from "../../data";
import type { Answered } from "../../runs";
import { groupBy, mean, sumOf } from "../../util";
import type { MaxPoolTiesConfig } from "./config";
import type { MaxPoolTiesRow } from "./rows";
import { type Cell, cellKey, cells } from "./runs";

/** The trainings of one kind. */
export interface MaxPoolTiesCell extends Cell {
  readonly runs: number;
  readonly finished: number;
  /** Of those that finished, those whose accuracy is less than half above chance. */
  readonly atChance: number;
  readonly diverged: number;
  /** Not counted anywhere. */
  readonly failed: number;
  /** Of every training, in their order; null for one that has not finished. */
  readonly accuracies: readonly (number | null)[];
  /** Mean over those that finished, and their range; null where there is none. */
  readonly testAccuracy: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
  /** Of all steps that were taken: windows of max-pooling, those that are tied, and those of them whose maximum is 0. */
  readonly windows: number;
  readonly tied: number;
  readonly tiedAtZero: number;
}

export interface MaxPoolTiesSummary {
  /** Accuracies below this count as chance. */
  readonly chanceLimit: number;
  readonly cells: readonly MaxPoolTiesCell[];
}

type Counted = Answered<MaxPoolTiesRow>;

export function summarize(rows: readonly MaxPoolTiesRow[], config: MaxPoolTiesConfig): MaxPoolTiesSummary {
  const groups = groupBy(rows, cellKey);
  const chanceLimit = 1.5 / dataSource(config.dataset).classes;
  return {
    chanceLimit,
    cells: cells(config).map((cell) => summarizeCell(cell, groups.get(cellKey(cell)) ?? [], config.runs, chanceLimit)),
  };
}

function summarizeCell(cell: Cell, all: readonly MaxPoolTiesRow[], runs: number, chanceLimit: number): MaxPoolTiesCell {
  const counted = all.filter((row): row is Counted => row.outcome !== "failed");
  const ended = (outcome: string) => counted.filter((row) => row.outcome === outcome);
  const finished = ended("finished");
  const known = finished.map((row) => row.testAccuracy!);
  const some = known.length > 0;
  return {
    ...cell,
    runs,
    finished: known.length,
    atChance: known.filter((accuracy) => accuracy < chanceLimit).length,
    diverged: ended("diverged").length,
    failed: all.length - counted.length,
    accuracies: Array.from({ length: runs }, (_, t) => finished.find(({ trial }) => trial === t)?.testAccuracy ?? null),
    testAccuracy: some ? mean(known) : null,
    lowest: some ? Math.min(...known) : null,
    highest: some ? Math.max(...known) : null,
    windows: sumOf(counted, (row) => row.windows),
    tied: sumOf(counted, (row) => row.tied),
    tiedAtZero: sumOf(counted, (row) => row.tiedAtZero),
  };
}
