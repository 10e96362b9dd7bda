/** How often gradients differ, by both criteria. */
import { proportion, quantile } from "../../util";

/**
 * Of n runs or mini-batches, by the criteria "any parameter" and "first layer", with Wilson's 95 % intervals.
 * @param nFirstLayer how many the second criterion is known for, where that is not n; default n
 */
export function frequencies(different: number, differentFirstLayer: number, n: number, nFirstLayer = n) {
  const [any, first] = [proportion(different, n), proportion(differentFirstLayer, nFirstLayer)];
  return {
    different,
    frequency: any.estimate,
    low: any.low,
    high: any.high,
    differentFirstLayer,
    frequencyFirstLayer: first.estimate,
    lowFirstLayer: first.low,
    highFirstLayer: first.high,
  };
}

/** The median of those that are known; null where none is. */
export function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((x) => x !== null);
  return known.length === 0 ? null : quantile(known, 0.5);
}
