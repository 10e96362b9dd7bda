/** Kinks that an experiment does not vary, by the name of a convention. */
import { z } from "zod";
import { type ConventionName, conventionNames, namedValue } from "../../autodiff";
import { fail } from "../../util";

/** Absent where nothing is named, so that hashes of earlier configurations hold. */
export const kinks = z
  .enum(conventionNames, `must be one of ${conventionNames.join(", ")}`)
  .optional()
  .describe(
    `values at the kinks that are not varied, in place of tie: ${conventionNames.join(", ")}; absent: each kink's default`,
  );

const DEFAULT_TIE = 0;

/**
 * A configuration that says at ties in max-pooling what its convention says.
 * @throws NonsmoothError where it says something else by itself
 */
export function withConvention<C extends { readonly kinks?: ConventionName; readonly tie: number }>(config: C): C {
  if (config.kinks === undefined) return config;
  const tie = namedValue("maxPool.tie", config.kinks);
  if (config.tie !== DEFAULT_TIE && config.tie !== tie)
    fail("tie", `must be absent, or the ${tie} of kinks ${config.kinks}`, config.tie);
  return { ...config, tie };
}
