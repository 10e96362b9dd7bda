/** Initialisations, as PyTorch defines them (torch.nn.init). */
import type { Shape } from "../ir";
import type { Stream } from "../util";

/** Fills the values of a tensor, in f32. */
export interface Fill {
  (out: Float32Array, random: Stream): void;
  /** If every value is one draw, uniform in ±bound, in the tensor's order: an engine may then draw them itself. */
  readonly bound?: number;
}

/** U(−bound, bound) in f32: low + (high − low)·u, u on PyTorch's grid of 2^-24. */
export function uniform(bound: number): Fill {
  const fill = (out: Float32Array, random: Stream) => {
    for (let i = 0; i < out.length; i++) out[i] = random.uniformIn(-bound, bound);
  };
  return Object.assign(fill, { bound });
}

/** N(0, deviation²) in f32. */
export function normal(deviation: number): Fill {
  return (out, random) => {
    for (let i = 0; i < out.length; i++) out[i] = deviation * random.normal();
  };
}

/** The same number everywhere; draws nothing. */
export const constantly =
  (value: number): Fill =>
  (out) =>
    out.fill(value);

/** How many numbers go into a unit, and how many units each number goes to. */
export interface Fan {
  readonly in: number;
  readonly out: number;
}

/** How weights are drawn, given their fan. */
export type Initialisation = (fan: Fan) => Fill;

/**
 * PyTorch's default for the weights of linear and convolutional layers, and for their biases: U(−1/√fanIn, 1/√fanIn)
 * (`kaiming_uniform_(a=√5)` gives the same bound).
 */
export const torchDefault: Initialisation = (fan) => uniform(1 / Math.sqrt(fan.in));

/** `kaiming_normal_(nonlinearity="relu")`: N(0, 2/fan) (He et al. 2015, equations 10 and 14). */
export const kaimingNormal =
  (mode: "in" | "out"): Initialisation =>
  (fan) =>
    normal(Math.sqrt(2 / fan[mode]));

/** Draws in the order of PyTorch's layout [F, C, kh, kw] and stores in ours, [F, kh, kw, C]. */
export function channelsLast([features, height, width, channels]: Shape, fill: Fill): Fill {
  const [f, c, pixels] = [features!, channels!, height! * width!];
  return (out, random) => {
    const drawn = new Float32Array(out.length);
    fill(drawn, random);
    let i = 0;
    for (let feature = 0; feature < f; feature++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        for (let channel = 0; channel < c; channel++) out[i++] = drawn[(feature * c + channel) * pixels + pixel]!;
      }
    }
  };
}
