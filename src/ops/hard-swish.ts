import { apply, tensor, type Value } from "../ir";
import { unary } from "./families";
import type { Op, VaryingSlope } from "./op";

const source = "PyTorch takes the slope from within, (2x + 3)/6 (hardswish_backward)";

// d(x · (x + 3) / 6) = (2x + 3) / 6; PyTorch's x/3 + 1/2 cancels near −3/2
const within: VaryingSlope = {
  at: (z) => (2 * z + 3) / 6,
  of(z, ops) {
    const [two, three, six] = [2, 3, 6].map((k) => ops.constant(z.format, k)) as [Value, Value, Value];
    return ops.div(ops.add(ops.mul(two, z), three), six);
  },
};

/** At both kinks the two slopes differ by 1/2: 0 and −1/2 at −3, 3/2 and 1 at 3. */
export const hardSwishOp: Op = {
  ...unary(
    "hardSwish",
    "0 where x ≤ −3, x where x ≥ 3, x · (x + 3) / 6 between",
    (x) => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
    {
      at: tensor("f64", [-5, -3, -2, -1.5, -0, 0, 0.3, 3, 4]),
      // an engine may round the sum, the quotient and the product one after another
      agreement: { kind: "approximate", ulps: 8, absolute: 0 },
    },
  ),
  compares: true,
  pieces: () => ({
    kinks: [
      { name: "low", at: -3, default: -0.5, source },
      { name: "high", at: 3, default: 1.5, source },
    ],
    slopes: [0, within, 1],
  }),
};

/**
 * x · min(max(x + 3, 0), 6) / 6, elementwise (Howard et al. 2019, section 5.2); kinks `low` at −3 (default value −1/2) and `high` at 3
 * (3/2). −∞ gives 0, NaN is passed on.
 */
export const hardSwish = (x: Value): Value => apply(hardSwishOp, [x], {});
