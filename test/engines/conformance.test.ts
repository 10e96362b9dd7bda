/** Every engine beside the definition, in the formats that matter most; conformance-formats.test.ts has the others. */
import { it } from "vitest";
import { testConformance } from "../helpers/conformance";
import { missingEngines } from "../helpers/engines";

for (const { title } of missingEngines) it.skip(`${title} agrees with the definition in every operation`);

testConformance(["f16", "bf16", "f32", "f64", "tf32"]);
