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
 */
export function labelled<R extends Labelled>(run: R): R {
  const { description = "" } = run.manifest.environment.dataset ?? {};
  const label = datasetLabel(run.config.dataset, description);
  return label === null ? run : { ...run, config: { ...run.config, label } };
}

/** The label of a dataset, from what it says of itself; null where its name will do. */
export function datasetLabel(name: string, description: string): string | null {
  return name === "cifar10" && /not verified/i.test(description) ? "CIFAR-10, JPEG copy" : null;
}
