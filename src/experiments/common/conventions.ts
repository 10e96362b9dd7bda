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
 * For settings by hand: in a configuration, a tie of 0 is the same as none.
 * @throws NonsmoothError where both are set, and the tie is not that of the convention
 */
export function requireOneTie({ kinks, tie }: { readonly kinks?: unknown; readonly tie?: unknown }): void {
  const convention = conventionNames.find((name) => name === kinks);
  if (convention !== undefined && tie !== undefined) requireTie(tie, convention);
}

function requireTie(tie: unknown, convention: ConventionName): void {
  const own = namedValue("maxPool.tie", convention);
  if (tie !== own) fail("tie", `must be absent, or the ${own} of kinks ${convention}`, tie);
}

/**
 * A configuration that says at ties in max-pooling what its convention says.
 * @throws NonsmoothError where it says something else by itself
 */
export function withConvention<C extends { readonly kinks?: ConventionName; readonly tie: number }>(config: C): C {
  if (config.kinks === undefined) return config;
  if (config.tie !== DEFAULT_TIE) requireTie(config.tie, config.kinks);
  return { ...config, tie: namedValue("maxPool.tie", config.kinks) };
}
