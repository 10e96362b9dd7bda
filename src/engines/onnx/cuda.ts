/**
 * ONNX Runtime's CUDA provider: f16, f32 and f64 on NVIDIA GPUs. Not verified on hardware: its models are tested on the
 * CPU provider.
 *
 * Its libraries are not in the npm package: `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node` downloads them (Linux
 * on x64; needs CUDA 12 and cuDNN 9). The Node package cannot leave tensors in CUDA's memory, so the parameters are copied
 * to the GPU and back in every step.
 */
import { existsSync } from "node:fs";
import { fail } from "../../util";
import type { Engine } from "../engine";
import type { EngineRecord } from "../record";
import { hostEngine } from "./host";
import { cudaLibrary, nvidiaDevice } from "./nvidia";
import { cudaTarget } from "./targets";

export interface CudaOptions {
  /**
   * Whether products of f32 matrices may be computed in TensorFloat-32, which keeps 11 bits of each factor; default false.
   * PyTorch used it by default for products until 1.11, and still does for convolutions.
   */
  readonly tf32?: boolean;
}

export const INSTALL_CUDA = "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node";
const NO_NVIDIA = "there is no NVIDIA driver";

/** Even if the package is installed and a device is present, the provider may still lack NVIDIA's libraries. */
export const onnxCuda: EngineRecord = {
  id: "onnx-cuda",
  summary: "ONNX Runtime on NVIDIA GPUs with CUDA: f16, f32, f64",
  formats: ["f16", "f32", "f64"],
  describe({ tf32 = false }) {
    const library = cudaLibrary();
    if (!existsSync(library))
      fail(
        "onnx-cuda",
        "needs ONNX Runtime's CUDA provider",
        `no ${library}`,
        `${INSTALL_CUDA} (Linux on x64, CUDA 12)`,
      );
    const settings = { device: nvidiaDevice() ?? "unknown", tf32: Number(tf32) };
    return { formats: onnxCuda.formats, settings, memory: "host", sharedDevice: true };
  },
  create: onnxCudaEngine,
  suits: (_, { cuda, nvidia }) => {
    if (nvidia === undefined) return {};
    return cuda ? { device: nvidia } : { obstacle: `CUDA for ${nvidia} is not installed` };
  },
  uncertain: true,
  device: () => nvidiaDevice() ?? NO_NVIDIA,
  missing: () => ({
    detail: `ONNX Runtime's CUDA provider is not installed; ${nvidiaDevice() ?? NO_NVIDIA}`,
    remedy: `${INSTALL_CUDA} (Linux on x64; CUDA 12, cuDNN 9)`,
  }),
};

/** @throws NonsmoothError if the provider is not installed, or if the process has begun with a different `tf32` */
export function onnxCudaEngine({ tf32 = false }: CudaOptions = {}): Engine {
  const description = onnxCuda.describe({ tf32 });
  setTf32(tf32);
  return hostEngine({
    id: onnxCuda.id,
    ...description,
    target: () => cudaTarget,
    options: {
      executionProviders: ["cuda"],
      // a node without a kernel is an error, not a detour through the host
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    },
  });
}

let chosen: boolean | undefined;

/**
 * NVIDIA's libraries and the provider read these variables once, when they are loaded: ONNX Runtime's Node package has no option
 * for TF32, which its CUDA provider uses unless told otherwise, nor for deterministic kernels, nor for the sums of half products.
 */
function setTf32(tf32: boolean): void {
  if (chosen !== undefined && chosen !== tf32) fail("tf32", `must stay ${chosen} in one process`, tf32);
  chosen = tf32;
  process.env.NVIDIA_TF32_OVERRIDE = tf32 ? "1" : "0";
  process.env.CUBLAS_WORKSPACE_CONFIG ??= ":4096:8";
  // no partial sums of f16 products in f16 (ONNX Runtime's HalfGemmOptions)
  process.env.ORT_CUDA_GEMM_OPTIONS ??= "2";
}
