/** A strip below a logarithmic axis for what is exactly 0, which the axis itself cannot show. */
import type { Layout } from "../types";
import type { Panel, Span } from "./panels";

/** Of a panel's height. */
const STRIP = 0.16;
const GROUND = "#ECECEC";
/** Labels at most, without those between powers of ten. */
const MOST = 7;
/** In so few decades there are labels between the powers of ten, too. */
const FEW = 2.6;

export interface ZeroStrip {
  /** Where an exact zero is drawn: in the middle of the strip. */
  readonly zero: number;
  /** The same for the k-th of n series, from 0, one below the other inside the strip. */
  readonly lane: (k: number, n: number) => number;
  readonly axis: Layout;
  /** The strip's ground. */
  readonly shapes: readonly Layout[];
}

/** @param exponents the powers of ten between which the numbers above 0 lie; at least one decade is shown */
export function zeroStrip({ suffix }: Pick<Panel, "suffix">, [low, high]: Span): ZeroStrip {
  const top = Math.max(high, low + 1);
  const height = ((top - low) * STRIP) / (1 - STRIP);
  const at = (share: number) => 10 ** (low - height + share * height);
  const ticks = logTicks([low, top]);
  return {
    zero: at(0.5),
    lane: (k, n) => at((n - k) / (n + 1)),
    axis: {
      type: "log",
      range: [low - height, top],
      tickvals: [at(0.5), ...ticks.map(({ value }) => value)],
      ticktext: ["exactly 0", ...ticks.map(({ text }) => text)],
    },
    shapes: [
      {
        ...{ type: "rect", layer: "below", fillcolor: GROUND, line: { width: 0 } },
        ...{ x0: 0, x1: 1, xref: `x${suffix} domain` },
        ...{ y0: 0, y1: STRIP, yref: `y${suffix} domain` },
      },
    ],
  };
}

/** Powers of ten, and in a few decades 2 and 5 times them. */
function logTicks([low, high]: Span): { readonly value: number; readonly text: string }[] {
  const [first, from] = [Math.floor(low), Math.ceil(low)];
  const powers = Array.from({ length: Math.ceil(high) - first + 1 }, (_, i) => first + i);
  const every = Math.ceil((high - low + 1) / MOST);
  const shown = powers.filter((power) => (power - from) % every === 0);
  const ticks = shown.flatMap((power) => [
    { value: 10 ** power, text: powerText(power) },
    ...(high - low > FEW ? [] : [2, 5].map((m) => ({ value: m * 10 ** power, text: small(m) }))),
  ]);
  return ticks.filter(({ value }) => value >= 10 ** low * (1 - 1e-9) && value <= 10 ** high * (1 + 1e-9));
}

const powerText = (power: number) => (power === 0 || power === 1 ? String(10 ** power) : `10<sup>${power}</sup>`);

const small = (n: number) => `<span style="font-size:9px">${n}</span>`;
