/**
 * Why is a pre-activation exactly zero, and how often? A law without fitted parameters: zeros = density of the pre-activations at 0 × the
 * length that the arithmetic turns into 0 (predict.ts), held against counts over whole passes. Nothing stops early.
 */
import { formatOf, precisionOf } from "../../formats";
import { fail } from "../../util";
import { checkCount, problemShape, splitCount } from "../common/data";
import { flops } from "../common/flops";
import { jobsExperiment } from "../common/jobs-experiment";
import { parametersOf, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { cellKey, cellLabel, cells, type Job, jobs, mostImages, networkOf, type PlannedCell } from "./cells";
import { type LawConfig, presets, schema } from "./config";
import { isCountedInTurn } from "./in-turn";
import { countProgram } from "./programs";
import { type LawRow, rows } from "./rows";
import { type LawSummary, summarize } from "./summary";

export { type LawArm, lawArm, lawArms } from "./arms";
export { networkLabel } from "./cells";
export type { LawConfig } from "./config";
export type { LawRow } from "./rows";
export { agreementOf, type LawAgreement, type LawCell, type LawLayer, type LawSummary } from "./summary";

/**
 * The law of exact zeros: those of one pass, predicted from the density of pre-activations and the spacing of numbers, and counted.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { law, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const networks = [{ network: "mlp", widths: [64, 64] }];
 * const set = { dataset: "glyphs", networks, precisions: ["e5m2"], images: 1024, runs: 2, predictedRuns: 2 };
 * const { summary } = await runExperiment(law, { set, runs, workers: 0 });
 * for (const { label, observed, predicted } of summary.cells) console.log(label, observed, predicted);
 * ```
 */
export const law = jobsExperiment<LawConfig, LawSummary, LawRow, Job>({
  name: "law",
  title: "Why is a pre-activation exactly zero, and how often?",
  summary:
    "exact zeros of one pass, predicted from the density of pre-activations and the spacing of numbers, and counted",
  source: "after Bertoin et al. 2021, section 3",
  schema,
  presets,
  rows,
  summarize,
  folder: "law",
  // plain loops compute the others
  computed: (config) => [
    ...new Set(
      cells(config)
        .filter((cell) => !isCountedInTurn(cell))
        .map((cell) => cell.precision),
    ),
  ],
  complete,
  images: (config) => ({ split: "train", images: mostImages(config) }),
  jobs,
  label: cellLabel,
  jobKey: rows.key,
  work,
  failed: ({ images: _, ...job }, reason, { dataset }) => [rows.failed({ dataset, ...job }, reason)],
});

async function complete(config: LawConfig, context: DataContext): Promise<LawConfig> {
  const { dataset, batchSize, precisions } = config;
  const count = splitCount(dataset, "train", context);
  const shapes = await problemShape({ ...config, split: "train" }, context);
  const all = cells(config);
  if (new Set(all.map(cellKey)).size < all.length) fail("networks", "must not hold the same cell twice", all.length);
  for (const cell of all) {
    checkCount("images", cell.images, count, dataset);
    if (batchSize > cell.images) fail("batchSize", `must be at most the ${cell.images} images of a pass`, batchSize);
    if (!precisions.includes(cell.precision))
      fail("networks, precisions", "must be among the precisions beside `networks`", cell.precision);
    checkOrder(cell);
    requireFits("widths", parametersOf(networkOf(cell, shapes)));
  }
  return config;
}

/** Orders are those of a perceptron's sums in f32; in turn, plain loops add in any accumulator. */
function checkOrder({ network, batchNorm, order, precision }: PlannedCell): void {
  const { format } = precisionOf(precision);
  if (formatOf(format).rounding !== "nearest") fail("precisions", "must round to nearest", precision);
  if (order === "engine") return;
  if (network !== "mlp" || batchNorm) fail("orders", `must be engine for ${network}${batchNorm ? " + BN" : ""}`, order);
  if (precision !== 32 && order !== "in-turn") fail("orders", "must be engine or in-turn, except at 32 bits", order);
}

async function work(config: LawConfig, context: DataContext) {
  const shapes = await problemShape({ ...config, split: "train" }, context);
  const known = new Map(
    cells(config).map((cell) => {
      const each = flops(countProgram(cell, shapes, 2).graph) / 2;
      // plain loops are some thirty times slower
      return [
        cellKey(cell),
        { flop: cell.images * each, overhead: isCountedInTurn(cell) ? 30 * cell.images * each : 0 },
      ];
    }),
  );
  return (job: Job) => known.get(cellKey(job))!;
}
