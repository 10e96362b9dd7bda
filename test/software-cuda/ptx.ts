/** Compiles kernels to PTX with clang, an independent compiler of CUDA C: what g++ cannot see, from inline assembly to the width of loads. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What NVRTC declares by itself. */
const HEADER = `#define __CUDACC_RTC__ 1
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
struct Thread { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_tid_x(); } };
struct Block { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_ctaid_x(); } };
struct Size { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_ntid_x(); } };
__device__ struct { Thread x; } threadIdx;
__device__ struct { Block x; } blockIdx;
__device__ struct { Size x; } blockDim;
extern "C" {
__device__ double exp(double); __device__ double log(double); __device__ double fabs(double);
__device__ double ldexp(double, int); __device__ double frexp(double, int*); __device__ float expf(float); __device__ float logf(float);
}
__device__ inline float exp(float x) { return expf(x); }
__device__ inline float log(float x) { return logf(x); }
__device__ inline float fabs(float x) { return __builtin_fabsf(x); }
__device__ inline float sqrt(float x) { return __nvvm_sqrt_rn_f(x); }
__device__ inline double sqrt(double x) { return __nvvm_sqrt_rn_d(x); }
`;

/** A clang that knows NVIDIA's GPUs; undefined if there is none. */
export const clang = ["clang", ...[20, 19, 18, 17, 16, 15, 14].map((version) => `clang-${version}`)].find((name) =>
  spawnSync(name, ["--print-targets"], { encoding: "utf8" }).stdout?.includes("nvptx64"),
);

/** @throws with clang's first error */
export function ptxOf(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "nonsmooth-ptx-"));
  try {
    const [from, to] = [join(folder, "kernels.cu"), join(folder, "kernels.ptx")];
    writeFileSync(from, HEADER + source);
    const target = ["--cuda-device-only", "--cuda-gpu-arch=sm_80", "-nocudainc", "-nocudalib"];
    const features = ["-Xclang", "-target-feature", "-Xclang", "+ptx70", "-ffp-contract=off", "-std=c++17", "-O2"];
    const words = ["-x", "cuda", ...target, ...features, "-S", from, "-o", to];
    const { status, stderr } = spawnSync(clang!, words, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr.split("\n").find((line) => /error/.test(line)) ?? stderr);
    return readFileSync(to, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
