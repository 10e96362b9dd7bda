import { apply, type Value } from "../ir";
import { comparison } from "./families";
import type { Op } from "./op";

export const equalOp: Op = comparison("equal", "a = b", (a, b) => a === b);

/** a = b, elementwise, as truth values; a comparison with NaN is false. */
export const equal = (a: Value, b: Value): Value => apply(equalOp, [a, b], {});
