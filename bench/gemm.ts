/** The yardstick: matrix products of 1024 × 1024, f32 and f64. */
import { alternate } from "./alternate";
import { NO_TORCH, runPeer } from "./python";
import { line } from "./statistics";
import type { Benchmark, Line, Setting } from "./types";
import { gemmRates, LARGE } from "./yardstick";

const FORMATS = ["f32", "f64"] as const;

export const gemm: Benchmark = { name: "gemm", summary: "the machine's own rate, as the yardstick", run };

async function run({ rounds, seconds, cores, python, note }: Setting): Promise<Line[]> {
  const cases = FORMATS.map((format) => ({ format, shape: LARGE }));
  const measured = await alternate(
    rounds,
    {
      "one thread on each core": () => gemmRates(cases, { processes: cores, threads: 1, seconds }),
      "all cores on one product": () => gemmRates(cases, { processes: 1, threads: cores, seconds }),
      PyTorch: python && (() => runPeer<Record<string, number>>(python, "gemm", { threads: cores, seconds })),
    },
    (text) => note(`gemm, ${text}`),
  );
  const each = measured["one thread on each core"];
  const together = measured["all cores on one product"];
  return FORMATS.flatMap((format, i) => [
    line({
      benchmark: "gemm",
      what: `${format}, ${LARGE.join("×")}, ${cores} processes of one thread`,
      unit: "GFLOP/s",
      ours: each.map((rates) => rates[i]!),
    }),
    line({
      benchmark: "gemm",
      what: `${format}, ${LARGE.join("×")}, one process of ${cores} threads`,
      against: "PyTorch",
      unit: "GFLOP/s",
      ours: together.map((rates) => rates[i]!),
      theirs: measured.PyTorch?.map((rates) => rates[format]!),
      missing: NO_TORCH,
    }),
  ]);
}
