import { apply, type Value } from "../ir";
import { comparison } from "./families";
import type { Op } from "./op";

export const greaterOp: Op = comparison("greater", "a > b", (a, b) => a > b);

/** a > b, elementwise, as truth values; a comparison with NaN is false. */
export const greater = (a: Value, b: Value): Value => apply(greaterOp, [a, b], {});
