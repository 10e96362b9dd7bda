/**
 * The grid on which a sum lies where it is close to a target t.
 *
 * A computed number is a multiple of some power of two, and a sum of two such numbers is a multiple of the smaller of their powers, until it
 * is rounded to a multiple of its own ulp, if that is larger:
 *
 *     grid(a + b) = max(min(grid(a), grid(b)), ulp(a + b))        grid(x·w) = grid(x) · grid(w)
 *
 * With f the density of the exact sum at t, the computed one is t with probability f · grid. A term that is 0 is on every grid.
 */
import type { Format } from "../../formats";
import { combine, type Order, partsOf } from "./orders";

/** A partial sum: about its value, and its grid. */
export interface PartialSum {
  readonly value: number;
  readonly grid: number;
}

const NOTHING: PartialSum = { value: 0, grid: Number.POSITIVE_INFINITY };

/** The sum, before its rounding. */
const exactly = (a: PartialSum, b: PartialSum): PartialSum => ({
  value: a.value + b.value,
  grid: Math.min(a.grid, b.grid),
});

/**
 * The grid, before the last rounding, of a sum that was added in an order and came out at `target`.
 *
 * The terms are those of a sum that came out close to it; each gives up its share of the distance, since partial sums that end at the
 * target are distributed as a bridge that ends there.
 * @param terms not 0, in their order; `count` is how many there were with those that are 0, at their `places`
 */
export function gridOfSum(
  terms: readonly PartialSum[],
  places: ArrayLike<number>,
  count: number,
  { bias, order, ulp, target }: SumOptions,
): number {
  let total = bias?.value ?? 0;
  for (const { value } of terms) total += value;
  const share = terms.length === 0 ? 0 : (total - target) / terms.length;
  const rounded = ({ value, grid }: PartialSum): PartialSum => ({ value, grid: Math.max(grid, ulp(value)) });
  let next = 0;
  const parts: PartialSum[] = [];
  for (const [, to] of partsOf(count, order.part)) {
    let sum = NOTHING;
    let last = NOTHING;
    // the latest sum stays unrounded, in case it is the result
    for (; next < terms.length && places[next]! < to; next++) {
      const { value, grid } = terms[next]!;
      const term = { value: value - share, grid };
      last = sum.grid === Number.POSITIVE_INFINITY && sum.value === 0 ? term : exactly(rounded(sum), term);
      sum = last;
    }
    if (sum !== NOTHING) parts.push(sum);
  }
  // a bias alone stays what it is: it is not drawn again for each image
  if (parts.length === 0) return Number.POSITIVE_INFINITY;
  const { grid } = combine(parts, bias, order, (a, b) => exactly(rounded(a), rounded(b)));
  return grid * evenness(terms, grid);
}

/**
 * How much more often than half the time the last bits of a sum of few products are 0, taken together. The last bit of a product of two odd
 * or even numbers is 0 three times out of four, and of those the next one two times out of three: bit d with probability
 * (1 + 1/(d + 1))/2. A bit of a sum is the exclusive or of its terms' bits, so its excess over 1/2 is the product of theirs.
 */
function evenness(terms: readonly PartialSum[], grid: number): number {
  let factor = 1;
  for (let bit = grid; ; bit *= 2) {
    let excess = 1;
    for (const term of terms) {
      if (term.grid <= bit) excess /= Math.log2(bit / term.grid) + 2;
      if (excess < NEGLIGIBLE) return factor;
    }
    // above every term there are no bits left to vanish
    if (excess === 1 || bit > LEVELS * grid) return factor;
    factor *= 1 + excess;
  }
}

const NEGLIGIBLE = 0.01;
/** Bits that are looked at, at most. */
const LEVELS = 2 ** 24;

export interface SumOptions {
  readonly bias?: PartialSum | undefined;
  readonly order: Order;
  /** Of the accumulator. */
  readonly ulp: (x: number) => number;
  readonly target: number;
}

/**
 * The length that a computed zero stands for, so that P(z = 0) = f(0) · length: the points of the grid that are rounded to 0 in the format
 * in which z is stored. Those are the numbers up to half of its smallest positive one; without subnormal numbers those that
 * P bits do not round up to the smallest normal number, which at half of the way are rounded up.
 */
export function lengthOfZero(grid: number, format: StorageFormat): number {
  if (grid === Number.POSITIVE_INFINITY) return 0;
  const { smallestNormal, smallestSubnormal, unitRoundoff } = format;
  const flushes = smallestSubnormal === smallestNormal;
  const points = flushes
    ? Math.ceil((smallestNormal * (1 - unitRoundoff / 2)) / grid) - 1
    : Math.floor(smallestSubnormal / (2 * grid));
  return grid * (2 * points + 1);
}

type StorageFormat = Pick<Format, "smallestNormal" | "smallestSubnormal" | "unitRoundoff">;

const view = new DataView(new ArrayBuffer(8));

/** The largest power of two of which x is a multiple; Infinity for 0. */
export function lowestBit(x: number): number {
  if (x === 0) return Number.POSITIVE_INFINITY;
  view.setFloat64(0, x);
  const [high, low] = [view.getUint32(0) & 0xfffff, view.getUint32(4)];
  const zeros = low !== 0 ? trailing(low) : high !== 0 ? 32 + trailing(high) : 52;
  const exponent = (view.getUint16(0) >>> 4) & 0x7ff;
  return 2 ** (Math.max(exponent, 1) - 1075 + zeros);
}

const trailing = (word: number) => 31 - Math.clz32(word & -word);

/** The largest power of two of which all numbers are multiples. */
export function commonGrid(numbers: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < numbers.length; i++) least = Math.min(least, lowestBit(numbers[i]!));
  return least;
}
