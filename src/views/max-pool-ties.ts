/** Trainings by the value at ties of max-pooling, and how many windows are tied. */
import type {
  MaxPoolTieCountsConfig,
  MaxPoolTieCountsRow,
  MaxPoolTieCountsSummary,
  MaxPoolTiesConfig,
  MaxPoolTiesRow,
  MaxPoolTiesSummary,
  Pooling,
  RunResult,
} from "../experiments";
import type { UniformId } from "../formats";

type TiesRun = RunResult<MaxPoolTiesConfig, MaxPoolTiesSummary, MaxPoolTiesRow>;
type CountsRun = RunResult<MaxPoolTieCountsConfig, MaxPoolTieCountsSummary, MaxPoolTieCountsRow>;

/** "vgg11 + BN" */
const nameOf = ({ network, batchNorm }: Pick<MaxPoolTiesConfig, "network" | "batchNorm">): string =>
  network + (batchNorm ? " + BN" : "");

/** The trainings of a network in a precision with one way of pooling and one value at ties. */
export interface PoolTiesRow {
  readonly network: string;
  readonly bits: UniformId;
  readonly β: number;
  readonly pooling: Pooling;
  readonly runs: number;
  readonly diverged: number;
  /** That finished no better than half above chance. */
  readonly "at chance": number;
  /** Mean over those that finished, and the lowest and the highest of them; null where none did. */
  readonly accuracy: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
  /** Of the windows of all steps; and the share of these ties in which every element is off. */
  readonly "tied windows": number | null;
  readonly "of these off": number | null;
}

/**
 * A row for each kind of training, those of one β together.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { maxPoolTies, poolTiesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, testImages: 50, precisions: [16], ties: [0, 100], poolings: ["mixed"] };
 * const run = await runExperiment(maxPoolTies, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of poolTiesTable([run])) console.log(row.β, row.accuracy, row["tied windows"]);
 * ```
 */
export function poolTiesTable(runs: readonly Pick<TiesRun, "config" | "summary">[]): PoolTiesRow[] {
  return runs.flatMap(({ config, summary: { cells } }) =>
    config.precisions.flatMap((bits) =>
      config.ties.flatMap((tie) =>
        cells
          .filter((cell) => cell.precision === bits && cell.tie === tie)
          .map(({ pooling, windows, tied, tiedAtZero, ...cell }) => ({
            ...{ network: nameOf(config), bits, β: tie, pooling, runs: cell.runs },
            ...{ diverged: cell.diverged, "at chance": cell.atChance },
            ...{ accuracy: cell.testAccuracy, lowest: cell.lowest, highest: cell.highest },
            "tied windows": windows > 0 ? tied / windows : null,
            "of these off": tied > 0 ? tiedAtZero / tied : null,
          })),
      ),
    ),
  );
}

/** Where every way of pooling should give the same bits. */
export interface PoolControlRow {
  readonly network: string;
  readonly bits: UniformId;
  readonly runs: number;
  /** In which all ways of pooling gave the same training loss in every epoch. */
  readonly equal: number;
}

/**
 * A row for each precision: at β = 0 the mixture is the maximum itself, and all ways of pooling must agree.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { maxPoolTies, poolControlTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, testImages: 50, precisions: [16], ties: [0] };
 * const run = await runExperiment(maxPoolTies, { preset: "smoke", set, runs, workers: 0 });
 * for (const { bits, equal, runs } of poolControlTable([run])) console.log(bits, equal, runs); // 16 1 1
 * ```
 */
export function poolControlTable(runs: readonly Pick<TiesRun, "config" | "rows">[]): PoolControlRow[] {
  return runs.flatMap(({ config, rows }) =>
    config.precisions.map((bits) => {
      const losses = (pooling: Pooling, trial: number) =>
        rows
          .filter((row) => row.precision === bits && row.tie === 0 && row.pooling === pooling && row.trial === trial)
          .map(({ trainLoss }) => trainLoss)
          .join();
      const trials = Array.from({ length: config.runs }, (_, trial) => trial);
      const equal = trials.filter((t) => new Set(config.poolings.map((pooling) => losses(pooling, t))).size === 1);
      return { network: nameOf(config), bits, runs: config.runs, equal: equal.length };
    }),
  );
}

/** The tied windows of a max-pool, predicted from 64 bits and counted. */
export interface PoolCountsRow {
  readonly network: string;
  readonly bits: UniformId;
  readonly pool: number;
  readonly n: number;
  readonly windows: number;
  /** Every element is off. */
  readonly "off: predicted": number;
  readonly "off: counted": number;
  /** Equal maxima above 0 in exact arithmetic: the same sums. */
  readonly "same sums": number;
  /** All other ties: from the density of gaps at 0 and the spacing of the grid; and counted, less the same sums. */
  readonly "by rounding: predicted": number;
  readonly "by rounding: counted": number;
  readonly "counted / predicted": number | null;
}

/**
 * A row for each max-pool and precision, all initialisations together.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { maxPoolTieCounts, poolCountsTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, precisions: [16] };
 * const run = await runExperiment(maxPoolTieCounts, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of poolCountsTable([run])) console.log(row.pool, row["off: predicted"], row["off: counted"]);
 * ```
 */
export function poolCountsTable(runs: readonly Pick<CountsRun, "config" | "summary">[]): PoolCountsRow[] {
  return runs.flatMap(({ config, summary }) =>
    summary.map((cell) => {
      const { precision: bits, layer: pool, n, windows, same, byRounding } = cell;
      const rounded = cell.tiedElsewhere - same;
      return {
        ...{ network: nameOf(config), bits, pool, n, windows },
        "off: predicted": cell.off,
        "off: counted": cell.tiedAtZero,
        "same sums": same,
        "by rounding: predicted": byRounding,
        "by rounding: counted": rounded,
        "counted / predicted": byRounding > 0 ? rounded / byRounding : null,
      };
    }),
  );
}
