/** Stochastic rounding: a number between two neighbours of a format becomes the upper one with the probability of its distance from the lower. */
import type { FloatFormat } from "./float-format";

/**
 * The format's number below x or the one above it, so that the mean is x (Croci et al. 2022, section 2, mode 1). Beyond the largest number,
 * where there is none above, it rounds to nearest.
 * @param uniform a random number in [0, 1)
 */
export function roundStochastically(format: FloatFormat, x: number, uniform: number): number {
  const nearest = format.round(x);
  if (nearest === x || !Number.isFinite(nearest)) return nearest;
  const [low, high] = neighbours(format, Math.abs(x), Math.abs(nearest));
  if (high > format.largest) return nearest;
  const magnitude = uniform < (Math.abs(x) - low) / (high - low) ? high : low;
  return x < 0 ? -magnitude : magnitude;
}

/** The numbers of the format on both sides of x > 0, given the nearest one. */
function neighbours(format: FloatFormat, x: number, nearest: number): [number, number] {
  if (nearest < x) return [nearest, nearest + format.ulp(nearest)];
  // x lies in the binade below if the nearest number is a power of two
  const below = format.ulp(x);
  return [nearest - below, nearest];
}
