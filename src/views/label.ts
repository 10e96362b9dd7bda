/** What a run's data are called. */
import type { RunResult } from "../experiments";

/** The one copy of CIFAR-10 that we know of besides the official one was decoded from JPEG files. */
const COPY = "CIFAR-10, JPEG copy";

interface Labelled {
  readonly dataset: string;
  readonly label: string | null;
}

/** The same run, with a label that its figures show in place of the dataset's name where the files are not the official ones. */
export function labelled<C extends Labelled, S>(run: RunResult<C, S>): RunResult<C, S> {
  const { description = "" } = (run.manifest.environment.dataset ?? {}) as { description?: string };
  return isUnofficial(run.config.dataset, description) ? { ...run, config: { ...run.config, label: COPY } } : run;
}

/** The label of a dataset, from what it says of itself; null where its name will do. */
export function datasetLabel(name: string, description: string): string | null {
  return isUnofficial(name, description) ? COPY : null;
}

const isUnofficial = (name: string, description: string) => name === "cifar10" && /not verified/i.test(description);
