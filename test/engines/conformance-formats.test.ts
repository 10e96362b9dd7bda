/**
 * Every engine beside the definition, in 8 bits and in parametric formats: computed in f32 and in f64, held in f32 and in f64, with subnormal
 * numbers and without.
 */
import { testConformance } from "../helpers/conformance";

testConformance(["e4m3", "e5m2", "e5p11", "e8p5", "e8p12", "e8p24", "e9p20", "e6p9-flush"]);
