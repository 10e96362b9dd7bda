import { apply, type Value } from "../ir";
import { comparison } from "./families";
import type { Op } from "./op";

export const lessOp: Op = comparison("less", "a < b", (a, b) => a < b);

/** a < b, elementwise, as truth values; a comparison with NaN is false. */
export const less = (a: Value, b: Value): Value => apply(lessOp, [a, b], {});
