/**
 * What a forward pass in f64 says about ties of max-pooling in a narrower format. Three kinds of windows are tied there:
 *
 * - those whose elements are all off, exact zeros behind a ReLU: tied in any precision;
 * - those whose maxima are equal in exact arithmetic, too: the same sums of the same pixels, as in a uniform part of an image;
 * - those whose two largest elements, of which the larger is m and which are d > 0 apart, round to the same number. On a grid of spacing u
 *   they do so with probability max(0, 1 − d/u), wherever the grid lies. With the density f of d at 0 this is f·u/2 on average.
 *
 * f is counted in a band of d < m / 64, in which it is nearly constant: each window in the band counts as u / (2·band).
 */
import type { FloatFormat } from "../../formats";

/** Of windows: all elements off; equal maxima in exact arithmetic; and the expected number of ties that rounding makes. */
export interface Prediction {
  readonly windows: number;
  readonly off: number;
  readonly same: number;
  readonly byRounding: number;
}

const BAND = 2 ** -6;
/** Two numbers of f64 this near, relatively, are the same sum in another order. */
const SAME = 2 ** -40;

/**
 * @param x the pool's operand in f64, no element below 0
 * @param windows the elements of each window, −1 in the padding
 * @param format in which ties are predicted
 */
export function predictTies(
  x: ArrayLike<number>,
  windows: Iterable<readonly number[]>,
  format: Pick<FloatFormat, "ulp">,
): Prediction {
  const found = { windows: 0, off: 0, same: 0, byRounding: 0 };
  for (const window of windows) {
    found.windows++;
    const [m, next] = twoLargest(x, window);
    const d = m - next;
    if (m <= 0) found.off++;
    else if (d <= SAME * m) found.same++;
    else if (d < BAND * m) found.byRounding += format.ulp(m) / (2 * BAND * m);
  }
  return found;
}

function twoLargest(x: ArrayLike<number>, window: readonly number[]): [number, number] {
  let [m, next] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const k of window) {
    if (k < 0) continue;
    const v = x[k]!;
    if (v > m) [m, next] = [v, m];
    else if (v > next) next = v;
  }
  return [m, next];
}
