import { availableParallelism } from "node:os";
import { createEngine } from "../engines";
import { measureRates } from "./rate";

/**
 * Floating-point operations in a second of a product of matrices in f32, on all cores: the best of several measurements, for other
 * programs make single ones too low.
 * @param measurements of 0.3 seconds each; default 5
 */
export async function bestRate(measurements?: number): Promise<number> {
  const engine = createEngine(undefined, { threads: availableParallelism() });
  try {
    const [, best] = await measureRates(engine, "f32", measurements);
    return best;
  } finally {
    await engine.dispose();
  }
}
