import { createEngine } from "../engines";
import { coreCount } from "../util";
import { measureRates } from "./rate";

/**
 * Floating-point operations per second of an f32 matrix product on all cores: the best of several measurements, since other
 * programs make single ones too low.
 * @param measurements of 0.3 seconds each; default 5
 */
export async function bestRate(measurements?: number): Promise<number> {
  const engine = createEngine(undefined, { threads: coreCount() });
  try {
    const [, best] = await measureRates(engine, "f32", measurements);
    return best;
  } finally {
    await engine.dispose();
  }
}
