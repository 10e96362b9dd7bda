import { ops } from "../ops";
import { combine, type Layer, sequential } from "./layer";

export interface ResidualOptions {
  readonly block: Layer;
  /** What x passes through parallel to the block; default: x itself. */
  readonly shortcut?: Layer;
  /** What follows the sum. */
  readonly activation: Layer;
}

/**
 * activation(block(x) + shortcut(x)), a block of a residual network (He et al. 2016, equations 1 and 2).
 *
 * @example
 * ```ts
 * import { applyNetwork, formatType, input, linear, relu, residual } from "nonsmooth";
 *
 * const block = residual({ block: linear("fc", 4, 4), activation: relu });
 * console.log(formatType(applyNetwork(block, input("x", "f32", [8, 4])).output)); // f32[8,4]
 * ```
 */
export const residual = ({ block, shortcut = sequential([]), activation }: ResidualOptions): Layer =>
  combine("residual", [block, shortcut, activation], (x, context) =>
    activation.apply(ops.add(block.apply(x, context), shortcut.apply(x, context)), context),
  );
