import { apply, type Value } from "../ir";
import { clipped } from "./families";

const source = "PyTorch takes 0 at both (hardtanh_backward)";

export const hardTanhOp = clipped("hardTanh", { name: "low", at: -1 }, { name: "high", at: 1 }, source);

/** min(max(x, −1), 1), elementwise; kinks `low` at −1 and `high` at 1 (default value 0 at both). NaN is passed on. */
export const hardTanh = (x: Value): Value => apply(hardTanhOp, [x], {});
