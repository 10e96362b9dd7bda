/** What figures call a run's data. */
import type { Manifest } from "../runs";

/** What says what the data of a run are, in a run whose figures can call them by a label. */
interface Labelled {
  readonly config: { readonly dataset: string; readonly label?: string | null };
  readonly manifest: Pick<Manifest, "environment">;
}

/**
 * The run with a label for its data, where they are an unofficial copy of CIFAR-10: the one that we know of was decoded from
 * JPEGs, and figures should say so. Any other run as it is.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { harm, labelled, runExperiment } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 100, testImages: 50, widths: [8], epochs: 1, precisions: [16], runs: 1 };
 * const run = labelled(await runExperiment(harm, { preset: "smoke", set, runs, workers: 0 }));
 * console.log(run.config.dataset, run.config.label); // glyphs null
 * ```
 */
export function labelled<R extends Labelled>(run: R): R {
  const { description = "" } = run.manifest.environment.dataset ?? {};
  const label = datasetLabel(run.config.dataset, description);
  return label === null ? run : { ...run, config: { ...run.config, label } };
}

/**
 * The label of a dataset, from what it says of itself; null where its name will do.
 *
 * @example
 * ```ts
 * import { datasetLabel } from "nonsmooth";
 *
 * console.log(datasetLabel("cifar10", "CIFAR-10, 50000 images, NOT verified")); // CIFAR-10, JPEG copy
 * console.log(datasetLabel("mnist", "MNIST, 60000 images")); // null
 * ```
 */
export function datasetLabel(name: string, description: string): string | null {
  return name === "cifar10" && /not verified/i.test(description) ? "CIFAR-10, JPEG copy" : null;
}
