/** The machine's own rate: matrix products with ONNX Runtime, one thread on each core or all cores on one product. */
import type { FormatName } from "nonsmooth";
import { runTogether } from "./processes";

/** A product of [m, k] and [k, n]. */
export interface GemmCase {
  readonly format: FormatName;
  readonly shape: readonly [m: number, k: number, n: number];
}

/** Large enough for the full rate. */
export const LARGE: GemmCase["shape"] = [1024, 1024, 1024];

/** GFLOP/s of each case, one after the other: the sum over processes that work at the same time. */
export async function gemmRates(
  cases: readonly GemmCase[],
  options: { readonly processes: number; readonly threads: number; readonly seconds: number },
): Promise<number[]> {
  const { processes, threads, seconds } = options;
  const rates = await runTogether<number[]>(processes, "workers/gemm", { cases, threads, seconds });
  return cases.map((_, i) => rates.reduce((sum, rate) => sum + rate[i]!, 0));
}
