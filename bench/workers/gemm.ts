/** Measures matrix products through the library's default engine. */
import { createEngine, type FormatName, graph, input, ops, stream, tensor, type Value } from "nonsmooth";
import { measureTogether, moduleOptions } from "../processes";
import { ratePerSecond } from "../timing";
import type { GemmCase } from "../yardstick";

interface Options {
  readonly cases: readonly GemmCase[];
  readonly threads: number;
  readonly seconds: number;
}

/** Products in one run, so that neither the call nor the copy of the result counts. */
const CHAIN = 8;

const { cases, threads, seconds } = moduleOptions<Options>();

void measureTogether(async () => {
  const rates: number[] = [];
  for (const one of cases) rates.push(await gigaflops(one));
  return rates;
});

/** h ← h·b and h ← h·bᵀ in turns, from h [m, k] and b [k, n]: every product has 2·m·k·n operations. */
async function gigaflops({ format, shape: [m, k, n] }: GemmCase): Promise<number> {
  const engine = createEngine(undefined, { threads });
  const b = input("b", format, [k, n]);
  let h: Value = input("a", format, [m, k]);
  for (let i = 0; i < CHAIN; i++) h = ops.matmul(h, b, { transposeB: i % 2 === 1 });
  const program = await engine.compile(graph({ sum: ops.reduceSum(h) }, "gemm"));
  // entries of b have variance 1/k, so that those of h stay of size 1
  const feeds = { a: uniform(format, [m, k], 1), b: uniform(format, [k, n], Math.sqrt(3 / k)) };
  const runs = await ratePerSecond(() => program.run(feeds), seconds);
  await engine.dispose();
  return (runs * CHAIN * 2 * m * k * n) / 1e9;
}

function uniform(format: FormatName, shape: readonly [number, number], bound: number) {
  const random = stream(1, "gemm", bound);
  const values = Float64Array.from({ length: shape[0] * shape[1] }, () => random.uniformIn(-bound, bound));
  return tensor(format, values, shape);
}
