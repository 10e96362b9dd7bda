/** How fast an engine multiplies matrices here and now. */
import { disposeAll, type Engine, type Held } from "../engines";
import type { FormatName } from "../formats";
import { type Graph, graph, input, type Tensor, tensor } from "../ir";
import { ops } from "../ops";
import { type Range, stream } from "../util";

/** Width of the largest matrices: 2 · 1024³ operations, as many as in a layer of VGG11. */
const LARGEST = 1024;

/**
 * Floating-point operations per second of a product of square matrices, in the slowest and the fastest of several measurements:
 * on a machine that also does other work they are far apart.
 * @param measurements of 0.3 seconds each; default 5
 */
export async function measureRates(engine: Engine, format: FormatName, measurements = 5): Promise<Range> {
  const rates: number[] = [];
  for (let i = 0; i < measurements; i++) rates.push(await measureRate(engine, format));
  return [Math.min(...rates), Math.max(...rates)];
}

/**
 * Floating-point operations per second of a product of square matrices, in the fastest of the measurements that fit into the time.
 * @param seconds how long to measure; default 0.3, without the first product
 */
export async function measureRate(engine: Engine, format: FormatName, seconds = 0.3): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let [width, best] = [64, 0];
  do {
    const { rate, duration } = await measure(engine, format, width, end);
    best = Math.max(best, rate);
    // twice the width takes eight times as long
    if (width === LARGEST || performance.now() + 8 * duration > end) break;
    width *= 2;
  } while (performance.now() < end);
  return best;
}

/** Products of one width: a quarter of the time that is left, or at least two. */
async function measure(engine: Engine, format: FormatName, width: number, end: number) {
  const program = await engine.compile(productGraph(format, width));
  const feeds: Record<string, Held> = {};
  try {
    for (const name of ["a", "b"]) feeds[name] = await engine.hold(operand(name, format, width));
    await program.run(feeds);
    const until = performance.now() + (end - performance.now()) / (width === LARGEST ? 1 : 4);
    let duration = Number.POSITIVE_INFINITY;
    do {
      const start = performance.now();
      await program.run(feeds);
      duration = Math.min(duration, performance.now() - start);
    } while (performance.now() < until);
    return { rate: (2 * width ** 3) / (duration / 1000), duration };
  } finally {
    disposeAll(feeds);
    await program.dispose();
  }
}

/** A product that stays where it is computed, as all but a few numbers of a step do: only its sum is read. */
function productGraph(format: FormatName, width: number): Graph {
  const [a, b] = [input("a", format, [width, width]), input("b", format, [width, width])];
  return graph({ sum: ops.reduceSum(ops.matmul(a, b)) }, "rate");
}

function operand(name: string, format: FormatName, width: number): Tensor {
  const random = stream(0, "rate", name);
  const values = Float64Array.from({ length: width * width }, () => random.uniform());
  return tensor(format, values, [width, width]);
}
