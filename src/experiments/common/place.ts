/** From what a user writes to what is run: the engine and the dataset that are meant. */
import type { PrecisionId } from "../../formats";
import type { DataContext } from "../types";
import { datasetName } from "./data";
import { resolveEngine } from "./engine";

/** Keys that depend on the place where a configuration is run. */
export interface PlaceKeys {
  readonly dataset: string;
  readonly engine: string;
}

/**
 * The configuration with the engine and the dataset that `auto` stands for.
 * @param options.folders whether the dataset may be an image folder; default false
 * @throws NonsmoothError for an engine or a dataset that is not there, and for an engine without one of the precisions
 */
export async function resolvePlace<C extends PlaceKeys>(
  config: C,
  precisions: readonly PrecisionId[],
  context: DataContext,
  options: { readonly folders?: boolean } = {},
): Promise<C> {
  // the engine first: nothing is downloaded for one that is not available
  const engine = await resolveEngine(config.engine, { precisions, log: context.log });
  const dataset = await datasetName(config.dataset, context, options);
  return { ...config, dataset, engine };
}
