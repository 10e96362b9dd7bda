import { apply, type Value } from "../ir";
import { unary } from "./families";
import type { Op } from "./op";

export const detachOp: Op = {
  ...unary("detach", "x, which the derivative does not pass", (x) => x, { rounds: false }),
  // d detach(x) = 0
  vjp: () => [undefined],
  // difference quotients would see the slope of the value
  gradientCases: () => [],
};

/** x as a constant of the backward sweep: its value, with derivative 0 (PyTorch's `detach`, JAX's `stop_gradient`). */
export const detach = (x: Value): Value => apply(detachOp, [x], {});
