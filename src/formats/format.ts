import type { Encoding } from "./encoding";
import type { FloatFormat } from "./float-format";

/** A format that graphs compute in: its arithmetic, and how engines and files hold it. One file each, one line in index.ts. */
export interface Format<Name extends string = string> extends FloatFormat {
  readonly name: Name;
  /**
   * The format that holds all of its numbers where the format has no arithmetic of its own: in the host's memory, and in the nodes of
   * engines that compute in the carrier and round each result.
   */
  readonly carrier: "f32" | "f64";
  /** The format in which its sums are accumulated. */
  readonly accumulator: "f32" | "f64";
  readonly encoding: Encoding;
}
