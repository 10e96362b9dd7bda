import { apply, type Value } from "../ir";
import { clipped } from "./families";

const source = "PyTorch takes 0 at both (hardtanh_backward)";

export const relu6Op = clipped("relu6", { name: "zero", at: 0 }, { name: "six", at: 6 }, source);

/** min(max(x, 0), 6), elementwise; kinks `zero` and `six` (default value 0 at both). −0 and NaN are passed on. */
export const relu6 = (x: Value): Value => apply(relu6Op, [x], {});
