import { accumulator, type FormatName } from "../formats";
import type { Value } from "../ir";
import { ops } from "../ops";
import { fail } from "../util";
import { type Layer, stateless } from "./layer";
import type { PoolOptions } from "./pool";

/**
 * A mixture of two pools, for a value β at ties: y = β·m₁ + (1 − β)·m₂, where both m are the maximum, m₁ with equal shares of the
 * gradient at ties and m₂ with all of it to the first. Both products and the sum are rounded, so that y is the maximum in exact
 * arithmetic only: the error is about β·u·|m| for the unit roundoff u, and β·m may overflow. Boustany (TMLR 2024),
 * github.com/ryanboustany/MaxPool-numerical, maxpool.py, `MaxPool2DBeta`.
 */
export interface Mixture {
  /** β, finite. */
  readonly tie: number;
  /**
   * `mixed`: as released, the gradient passes through both pools, β·g and (1 − β)·g are rounded, too, and β is not what is chosen for
   * `maxPool.tie`; `exact`: that of the maximum, with the value that is chosen for `maxPool.tie`. Default: mixed.
   */
  readonly gradient?: "mixed" | "exact";
}

export interface MaxPoolLayerOptions extends PoolOptions {
  /** Default: the maximum itself. */
  readonly mixture?: Mixture;
}

/**
 * The maximum over windows of images [B, H, W, C]; the derivative at ties is a convention, `maxPool.tie`.
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, kinkSites, maxPool } from "nonsmooth";
 *
 * const { output } = applyNetwork(maxPool({ kernel: 2 }), input("x", "f32", [1, 28, 28, 6]));
 * console.log(formatType(output), kinkSites([output]).map(({ kink }) => kink)); // f32[1,14,14,6] [ 'maxPool.tie' ]
 * ```
 */
export function maxPool({ mixture, ...window }: MaxPoolLayerOptions): Layer {
  if (!mixture) return stateless((x) => ops.maxPool(x, window));
  const { tie, gradient = "mixed" } = mixture;
  if (!Number.isFinite(tie)) fail("mixture, tie", "must be a finite number", tie);
  if (gradient !== "mixed" && gradient !== "exact") fail("mixture, gradient", "must be mixed or exact", gradient);
  return stateless((x) => {
    const mixed = ops.add(
      scaled(tie, ops.maxPool(x, { ...window, tie: 1 })),
      scaled(1 - tie, ops.maxPool(x, { ...window, tie: 0 })),
    );
    return gradient === "mixed" ? mixed : withGradientOf(ops.maxPool(x, window), mixed);
  });
}

/** c·m, rounded once to m's format; as in PyTorch, c is a number of the accumulator: 9999 is none of 16 bits. */
function scaled(c: number, m: Value): Value {
  const format = m.format as FormatName;
  const wide = accumulator(format).name;
  return ops.cast(ops.mul(ops.constant(wide, c), ops.cast(m, wide)), format);
}

/** The value of y with the gradient of m: y + (m − m). */
const withGradientOf = (m: Value, y: Value): Value => ops.add(ops.detach(y), ops.sub(m, ops.detach(m)));
