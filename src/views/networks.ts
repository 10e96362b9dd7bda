/** Mini-batches of networks, and the kinks that their pre-activations hit exactly. */

import type { BatchSummary, NetworksRow, NetworksSummary } from "../experiments";
import type { PublishedNetwork } from "../figures";
import type { UniformId } from "../formats";
import { proportion } from "../util";
import { medianOf, pick, sortedGroups, totalOf } from "./groups";

type Cells = readonly BatchSummary[];

/** "vgg11 + BN" */
const nameOf = ({ network, batchNorm }: Pick<BatchSummary, "network" | "batchNorm">): string =>
  network + (batchNorm ? " + BN" : "");

/** The mini-batches of one network in one precision. */
export interface NetworkBatchesRow {
  readonly network: string;
  readonly bits: UniformId;
  readonly batches: number;
  readonly "with NaN": number;
  /** Initialisations that broke off. */
  readonly failed: number;
  readonly "with a zero": number;
  /** With a zero that a finer precision might avoid. */
  readonly "not forced": number;
  readonly "any parameter": number;
  readonly "first layer": number;
  /** Of all pre-activations; and the share of these zeros that are forced. */
  readonly "share of zeros": number | null;
  readonly "forced share": number | null;
  readonly "median relative L2": number | null;
}

/**
 * A row for each cell: on how many mini-batches there was a zero, and on how many the gradients differed.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, networkBatchesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], precisions: [16], runs: 1, batches: 2 };
 * const { summary } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of networkBatchesTable(summary.cells)) console.log(row.network, row["with a zero"], row["any parameter"]);
 * ```
 */
export function networkBatchesTable(cells: Cells): NetworkBatchesRow[] {
  return cells.map((cell) => ({
    network: nameOf(cell),
    bits: cell.precision,
    batches: cell.batches,
    "with NaN": cell.notANumber,
    failed: cell.failed,
    "with a zero": cell.withHit,
    "not forced": cell.withRoundedHit,
    "any parameter": cell.different,
    "first layer": cell.differentFirstLayer,
    "share of zeros": cell.hitShare,
    "forced share": cell.forcedShare,
    "median relative L2": cell.medianRelativeL2FirstLayer,
  }));
}

/** The share of mini-batches whose first layer's gradient differs, published and ours. */
export interface PublishedNetworkRow {
  readonly network: string;
  readonly bits: UniformId;
  readonly "published: runs": number;
  readonly "mini-batches": number;
  readonly "share of mini-batches": number;
  /** With Wilson's 95 % interval; null where we have no such cell. */
  readonly ours: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * A row for each published network and precision.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, published, publishedNetworksTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], batchNorm: [true], precisions: [16], runs: 1, batches: 2 };
 * const { summary } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * const table = publishedNetworksTable(summary.cells, published("bifurcation-frequency-networks"));
 * console.log(table.find(({ network, bits }) => network === "resnet18 + BN" && bits === 16));
 * ```
 */
export function publishedNetworksTable(cells: Cells, theirs: readonly PublishedNetwork[]): PublishedNetworkRow[] {
  const columns = ["network", "batchNorm", "precision"] as const;
  return theirs.map((one) => {
    const own = cells.find((cell) => columns.every((column) => cell[column] === one[column]));
    return {
      network: nameOf(one),
      bits: one.precision,
      "published: runs": one.runs,
      "mini-batches": one.batches,
      "share of mini-batches": one.different / one.batches,
      ours: own?.frequencyFirstLayer ?? null,
      low: own?.lowFirstLayer ?? null,
      high: own?.highFirstLayer ?? null,
    };
  });
}

/** Zeros of one kind of place in a network. */
export interface PlaceZerosRow {
  readonly batchNorm: boolean;
  readonly precision: UniformId;
  readonly where: "stem" | "after a residual sum" | "after a convolution";
  readonly "zeros, not forced": number;
  readonly "zeros, forced": number;
}

/**
 * A row for ResNet18 without and with batch-norm, each precision and kind of place, of the rows of `bifurcationFrequencyNetworks`.
 * Place 0 is the stem; then the odd ones are after a convolution or its normalisation, the even ones after a residual sum.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, residualZerosTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], batchNorm: [false], precisions: [16], runs: 1, batches: 2 };
 * const { rows } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of residualZerosTable(rows)) console.log(row.where, row["zeros, not forced"], row["zeros, forced"]);
 * ```
 */
export function residualZerosTable(rows: readonly NetworksRow[]): PlaceZerosRow[] {
  const places = rows
    .filter((row) => row.network === "resnet18")
    .filter((row) => row.outcome === "done")
    .flatMap(({ batchNorm, precision, hitsByPlace, forcedByPlace }) =>
      hitsByPlace.map((hits, place) => {
        const forced = forcedByPlace[place]!;
        return { batchNorm, precision, where: kindOfPlace(place), rounded: hits - forced, forced };
      }),
    );
  const by = ["batchNorm", "precision", "where"] as const;
  return sortedGroups(places, by).map((group) => ({
    ...pick(group[0]!, by),
    "zeros, not forced": totalOf(group, "rounded"),
    "zeros, forced": totalOf(group, "forced"),
  }));
}

function kindOfPlace(place: number): PlaceZerosRow["where"] {
  if (place === 0) return "stem";
  return place % 2 === 0 ? "after a residual sum" : "after a convolution";
}

/** The mini-batches of one network and precision that have a zero which is not forced. */
export interface ReachedRow {
  readonly network: string;
  readonly batchNorm: boolean;
  readonly precision: UniformId;
  readonly "with a zero, not forced": number;
  readonly different: number;
  readonly share: number;
}

/**
 * A row for each network and precision that has mini-batches with a zero that is not forced: on which share of them the gradient differs.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, reachedTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], batchNorm: [false], precisions: [16], runs: 1, batches: 2 };
 * const { rows } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * console.log(reachedTable(rows));
 * ```
 */
export function reachedTable(rows: readonly NetworksRow[]): ReachedRow[] {
  const by = ["network", "batchNorm", "precision"] as const;
  const withZero = rows.filter((row) => row.outcome === "done" && row.withRoundedHit > 0);
  return sortedGroups(withZero, by).map((group) => {
    const [zeros, different] = [totalOf(group, "withRoundedHit"), totalOf(group, "different")];
    return {
      ...pick(group[0]!, by),
      "with a zero, not forced": zeros,
      different,
      share: different / zeros,
    };
  });
}

/** What one way to compare gradients finds in one precision. */
export interface ComparedBatchesRow {
  readonly arm: string;
  readonly bits: UniformId;
  readonly batches: number;
  readonly "with a zero": number;
  readonly "first layer": number;
  readonly "any parameter": number;
  readonly "median relative L2": number | null;
}

/**
 * A row for each cell of the summaries; they go by the name of what was compared.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, comparedBatchesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], batchNorm: [false], precisions: [16], runs: 1, batches: 2 };
 * const run = (chainRule: string) =>
 *   runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set: { ...set, chainRule }, runs, workers: 0 });
 * const [multiply, overwrite] = [(await run("multiply")).summary, (await run("overwrite")).summary];
 * for (const row of comparedBatchesTable({ multiply, overwrite })) console.log(row.arm, row["median relative L2"]);
 * ```
 */
export function comparedBatchesTable(arms: Readonly<Record<string, NetworksSummary>>): ComparedBatchesRow[] {
  return Object.entries(arms).flatMap(([arm, { cells }]) =>
    cells.map((cell) => ({
      arm,
      bits: cell.precision,
      batches: cell.batches,
      "with a zero": cell.withHit,
      "first layer": cell.differentFirstLayer,
      "any parameter": cell.different,
      "median relative L2": cell.medianRelativeL2FirstLayer,
    })),
  );
}

/** The mini-batches of one precision, of all networks. */
export interface PooledBatchesRow {
  readonly bits: UniformId;
  readonly batches: number;
  /** In any parameter. */
  readonly different: number;
  /** With Wilson's 95 % interval. */
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * A row for each precision, over all cells.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bifurcationFrequencyNetworks, pooledBatchesTable, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "colour-glyphs", networks: ["resnet18"], precisions: [16], runs: 1, batches: 2 };
 * const { summary } = await runExperiment(bifurcationFrequencyNetworks, { preset: "smoke", set, runs, workers: 0 });
 * for (const { bits, share, low, high } of pooledBatchesTable(summary.cells)) console.log(bits, share, low, high);
 * ```
 */
export function pooledBatchesTable(cells: Cells): PooledBatchesRow[] {
  return [...new Set(cells.map(({ precision }) => precision))].map((bits) => {
    const own = cells.filter(({ precision }) => precision === bits);
    const total = (column: "batches" | "different") => own.reduce((sum, cell) => sum + cell[column], 0);
    const { estimate: share, low, high } = proportion(total("different"), total("batches"));
    return { bits, batches: total("batches"), different: total("different"), share, low, high };
  });
}

/** The mini-batches on which two values at a kink were compared. */
export interface KinkBatchesRow {
  readonly activation: string;
  /** "relu.zero 0 | 1" */
  readonly kinks: string;
  readonly precision: UniformId;
  readonly initialisations: number;
  readonly batches: number;
  readonly "with a hit": number;
  readonly different: number;
  readonly "first layer": number;
  readonly hits: number;
  readonly "median relative L2": number | null;
}

/**
 * A row for each precision, activation and comparison, of the rows of `reluFamily`.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { kinkBatchesTable, reluFamily, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", precisions: ["e5m2"], widths: { mlp: [64, 64] }, runs: 1, batches: 2 };
 * const { rows } = await runExperiment(reluFamily, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of kinkBatchesTable(rows)) console.log(row.kinks, row["with a hit"]);
 * ```
 */
export function kinkBatchesTable(rows: readonly NetworksRow[]): KinkBatchesRow[] {
  const done = rows.filter(({ outcome }) => outcome === "done");
  return sortedGroups(done, ["precision", "activation", "kinks"]).map((group) => ({
    ...pick(group[0]!, ["activation", "kinks", "precision"]),
    initialisations: group.length,
    batches: totalOf(group, "batches"),
    "with a hit": totalOf(group, "withHit"),
    different: totalOf(group, "different"),
    "first layer": totalOf(group, "differentFirstLayer"),
    hits: totalOf(group, "hits"),
    "median relative L2": medianOf(group, "medianRelativeL2FirstLayer"),
  }));
}
