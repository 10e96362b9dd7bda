/**
 * ONNX Runtime's CUDA provider: f16, f32 and f64 on NVIDIA's GPUs. Not verified on hardware: its models are tested on the
 * CPU provider.
 *
 * Its libraries are not in the npm package: `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node` downloads them (Linux
 * on x64; CUDA 12 and cuDNN 9 have to be there). The Node package cannot leave tensors in CUDA's memory, so parameters travel
 * to the GPU and back with every step.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fail } from "../../util";
import type { Engine } from "../engine";
import { hostEngine } from "./host";
import { cudaTarget } from "./targets";

export interface CudaOptions {
  /**
   * Whether products of f32 matrices may be computed in TensorFloat-32, which keeps 11 bits of each factor; default false.
   * PyTorch took it by default for products until 1.11, and takes it for convolutions.
   */
  readonly tf32?: boolean;
}

export const INSTALL_CUDA = "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node";

/** @throws NonsmoothError where the provider is not installed, or where the process has begun with another `tf32` */
export function onnxCudaEngine({ tf32 = false }: CudaOptions = {}): Engine {
  if (!existsSync(cudaLibrary()))
    fail(
      "onnx-cuda",
      "must find ONNX Runtime's CUDA provider",
      cudaLibrary(),
      `${INSTALL_CUDA} (Linux on x64, CUDA 12)`,
    );
  setTf32(tf32);
  return hostEngine({
    id: "onnx-cuda",
    formats: ["f16", "f32", "f64"],
    settings: { device: nvidiaDevice() ?? "unknown", tf32: Number(tf32) },
    sharedDevice: true,
    target: () => cudaTarget,
    options: {
      executionProviders: ["cuda"],
      // a node without a kernel is an error, not a detour through the host
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    },
  });
}

/** Where the provider's library is, once it is installed. */
export function cudaLibrary(): string {
  const folder = dirname(createRequire(__filename).resolve("onnxruntime-node/package.json"));
  return join(folder, "bin", "napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so");
}

/**
 * "NVIDIA H200, driver 550.54.15", by the driver's own files (Linux, not its subsystem for Windows); all of them where there are
 * several, with the variable that chooses. Undefined where there is none, or none is visible.
 */
export function nvidiaDevice(
  root = "/proc/driver/nvidia",
  visible = process.env.CUDA_VISIBLE_DEVICES,
): string | undefined {
  if (!existsSync(join(root, "version")) || visible === "" || visible === "-1") return undefined;
  const [, version] = / (\d+\.[\d.]+) /.exec(readFileSync(join(root, "version"), "utf8")) ?? [];
  const chosen = visible === undefined ? "" : `, CUDA_VISIBLE_DEVICES=${visible}`;
  return `${gpuNames(root).join(" and ") || "NVIDIA GPU"}, driver ${version}${chosen}`;
}

function gpuNames(root: string): string[] {
  const folder = join(root, "gpus");
  const gpus = existsSync(folder) ? readdirSync(folder).sort() : [];
  return gpus.flatMap((gpu) => {
    const path = join(folder, gpu, "information");
    return existsSync(path) ? (/Model:\s*(.+)/.exec(readFileSync(path, "utf8"))?.[1] ?? []) : [];
  });
}

let chosen: boolean | undefined;

/**
 * NVIDIA's libraries and the provider read these variables once, when they are loaded: ONNX Runtime's Node package has no option
 * for TF32, which its CUDA provider takes unless told otherwise, nor for deterministic kernels, nor for the sums of half products.
 */
function setTf32(tf32: boolean): void {
  if (chosen !== undefined && chosen !== tf32) fail("tf32", `must stay ${chosen} in one process`, tf32);
  chosen = tf32;
  process.env.NVIDIA_TF32_OVERRIDE = tf32 ? "1" : "0";
  process.env.CUBLAS_WORKSPACE_CONFIG ??= ":4096:8";
  // no partial sums of f16 products in f16 (ONNX Runtime's HalfGemmOptions)
  process.env.ORT_CUDA_GEMM_OPTIONS ??= "2";
}
