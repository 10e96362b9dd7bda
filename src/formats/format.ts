import type { Encoding } from "./encoding";
import type { FloatFormat } from "./float-format";

/** A format that graphs compute in: its arithmetic, and how engines and files hold it. One file each, one line in index.ts. */
export interface Format<Name extends string = string> extends FloatFormat {
  readonly name: Name;
  /**
   * The format that holds all of its numbers where the format has no arithmetic of its own: in the host's memory, and in the nodes of
   * engines that compute in a wider format and round each result.
   */
  readonly carrier: "f32" | "f64";
  /** In which one operation (+, −, ×, ÷, √), followed by one rounding to the format, has the bits of one correct rounding. */
  readonly arithmetic: "f32" | "f64";
  /** How a result is rounded: to the nearest number, or to one of the two neighbours by chance. */
  readonly rounding: "nearest" | "stochastic";
  /** The format in which its sums are accumulated: f32, f64, or the format itself, where every partial sum is rounded to it. */
  readonly accumulator: Name | "f32" | "f64";
  /** Its own, or that of the carrier. */
  readonly encoding: Encoding;
}
