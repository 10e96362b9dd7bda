/**
 * How many windows of max-pooling are tied in a freshly drawn network, and is that what a forward pass in f64 predicts? Behind a ReLU most
 * ties are structural: all elements of a window are off, or they are the same sum. `predict.ts` has the law for the others.
 */
import { precisionOf } from "../../formats";
import { graph, input } from "../../ir";
import { applyNetwork } from "../../nn";
import { checkCount, problemShape, splitCount } from "../common/data";
import { flops } from "../common/flops";
import { jobsExperiment } from "../common/jobs-experiment";
import { poolNetwork } from "../common/pool-networks";
import { parametersOf, requireFits } from "../common/size";
import type { DataContext } from "../types";
import { type MaxPoolTieCountsConfig, presets, schema } from "./config";
import type { Job } from "./count";
import { type MaxPoolTieCountsRow, rows } from "./rows";
import { type MaxPoolTieCountsSummary, summarize } from "./summary";

export type { MaxPoolTieCountsConfig } from "./config";
export type { MaxPoolTieCountsRow } from "./rows";
export type { MaxPoolTieCountsCell, MaxPoolTieCountsSummary } from "./summary";

/**
 * How many windows of max-pools are tied in freshly drawn networks, by layer: predicted from a pass in 64 bits, and counted.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { maxPoolTieCounts, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { dataset: "glyphs", images: 100, precisions: [16] };
 * const { summary } = await runExperiment(maxPoolTieCounts, { preset: "smoke", set, runs, workers: 0 });
 * for (const { layer, windows, tiedElsewhere } of summary) console.log(layer, `${tiedElsewhere} of ${windows}`);
 * ```
 */
export const maxPoolTieCounts = jobsExperiment<
  MaxPoolTieCountsConfig,
  MaxPoolTieCountsSummary,
  MaxPoolTieCountsRow,
  Job
>({
  name: "max-pool-tie-counts",
  title: "How many windows of max-pooling are tied?",
  summary: "tied windows of freshly drawn networks, by layer: predicted from a pass in 64 bits, and counted",
  source: "Boustany 2024, section 2",
  schema,
  presets,
  rows,
  summarize,
  folder: "max-pool-tie-counts",
  complete,
  images: ({ images }) => ({ split: "train", images }),
  jobs: ({ precisions, runs }) =>
    precisions.flatMap((precision) => Array.from({ length: runs }, (_, trial) => ({ precision, trial }))),
  label: ({ precision }) => precisionOf(precision).label,
  jobKey: ({ precision, trial }) => `${precision}/${trial}`,
  whole: (own) => own[0]!.outcome === "failed" || own.length === own[0]!.layers,
  async work(config, context) {
    const images = config.images ?? splitCount(config.dataset, "train", context);
    const flop = (2 * images * (await passFlops(config, config.batchSize, context))) / config.batchSize;
    return () => ({ flop });
  },
  failed: (job, reason, { dataset, label, network, batchNorm }) => [
    rows.failed({ dataset, label, network, batchNorm, ...job, layer: 1 }, reason),
  ],
});

async function complete(given: MaxPoolTieCountsConfig, context: DataContext): Promise<MaxPoolTieCountsConfig> {
  const { dataset, images, batchSize } = given;
  const config = { ...given, preprocessing: given.preprocessing === "auto" ? dataset : given.preprocessing };
  const most = splitCount(dataset, "train", context);
  checkCount("images", images, most, dataset);
  requireFits("widths", parametersOf(poolNetwork(config, await problemShape({ ...config, split: "train" }, context))));
  // a network may refuse the images left over for a last batch
  const rest = (images ?? most) % batchSize;
  if (rest > 0) await passFlops(config, rest, context);
  return config;
}

/** Of a forward pass of some images. @throws NonsmoothError where the network refuses them: batch-norm of one image */
async function passFlops(config: MaxPoolTieCountsConfig, images: number, context: DataContext): Promise<number> {
  const shape = await problemShape({ ...config, split: "train" }, context);
  const { output } = applyNetwork(poolNetwork(config, shape), input("x", "f32", [images, ...shape.inputShape]));
  return flops(graph({ output }));
}
