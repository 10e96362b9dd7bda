import { availableParallelism } from "node:os";
import { createEngine } from "../engines";
import { measureRate } from "./rate";

/**
 * Floating-point operations in a second of a product of matrices in f32, on all cores: the best of several measurements, for other
 * programs make single ones too low.
 * @param measurements of 0.3 seconds each; default 5
 */
export async function bestRate(measurements = 5): Promise<number> {
  const engine = createEngine(undefined, { threads: availableParallelism() });
  try {
    let best = 0;
    for (let i = 0; i < measurements; i++) best = Math.max(best, await measureRate(engine, "f32"));
    return best;
  } finally {
    await engine.dispose();
  }
}
