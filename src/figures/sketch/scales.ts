/** Where numbers stand on an axis, and what its ticks say. */

export type Interval = readonly [low: number, high: number];

export interface Scale {
  /** Place of a number as a share of the axis: 0 at its begin, 1 at its end. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** Ticks that an axis has about. */
const TICKS = 5;

export interface ScaleOptions {
  /** Ticks at whole numbers only. */
  readonly whole?: boolean;
  /** What a tick says; `step` is the distance between two. Default: the number. */
  readonly text?: (value: number, step: number) => string;
}

export function linearScale([low, high]: Interval, { whole, text = plainNumber }: ScaleOptions = {}): Scale {
  const step = Math.max(niceStep((high - low) / TICKS), whole ? 1 : 0);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const values = Array.from({ length: count }, (_, i) => (first + i) * step);
  return {
    at: (value) => (value - low) / (high - low),
    ticks: values.map((value) => ({ value, text: text(value, step) })),
  };
}

/** 1, 2 or 5 times a power of ten, not less than a size. */
function niceStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  return (FACTORS.find((factor) => factor * power >= size * (1 - 1e-9)) ?? 10) * power;
}

const FACTORS = [1, 2, 5] as const;

/** Both ends above 0. With many decades the ticks are powers of ten. */
export function logarithmicScale([low, high]: Interval): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const powers = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i);
  const factors = to - from > 2.5 ? [1] : FACTORS;
  const values = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  return {
    at: (value) => (Math.log10(value) - from) / (to - from),
    ticks: values
      .filter((value) => value >= low && value <= high)
      .map((value) => ({ value, text: value < 1e-3 ? value.toExponential() : plainNumber(value) })),
  };
}

const plainNumber = (value: number): string => Number(value.toPrecision(6)).toLocaleString("en", PRECISE);
const PRECISE = { maximumSignificantDigits: 6 } as const;

/** Ticks of shares: "97.5 %", with as many digits as the distance between two needs. */
export function percentTick(value: number, step: number): string {
  const digits = Math.max(0, -Math.floor(Math.log10(100 * step) + 1e-9));
  return `${(100 * value).toFixed(digits)} %`;
}
