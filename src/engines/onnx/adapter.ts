/** The GPU that WebGPU would use. A separate process asks for it through Dawn's Node package, the implementation inside ONNX Runtime. */
import { spawnSync } from "node:child_process";
import { fail, NonsmoothError, projectRoot } from "../../util";

export interface Adapter {
  /** "NVIDIA H200" */
  readonly name: string;
  /** "nvidia", and its family of devices, "hopper"; may be empty. */
  readonly vendor: string;
  readonly architecture: string;
  /** "NVIDIA: 550.54.15", as the driver calls itself. */
  readonly driver: string;
  /** A program on the CPU that acts as a GPU. */
  readonly software: boolean;
  /** Whether it computes in f16. */
  readonly half: boolean;
  /** Bytes of the largest buffer, and of the largest part of a buffer that a kernel can use. */
  readonly maxBufferSize: number;
  readonly maxBindingSize: number;
}

/** Dawn hides f16 on NVIDIA's GPUs with Vulkan unless it is asked; ONNX Runtime's own device asks for it, too. */
export const TOGGLE = "vulkan_enable_f16_on_nvidia";

const QUESTION = `
import { create } from "webgpu";
const adapter = await create(["enable-dawn-features=${TOGGLE}"]).requestAdapter({ powerPreference: "high-performance" });
if (adapter) {
  const { info, limits, features } = adapter;
  process.stdout.write(JSON.stringify({
    name: info.device, vendor: info.vendor, architecture: info.architecture, driver: info.description,
    software: info.isFallbackAdapter, half: features.has("shader-f16"),
    maxBufferSize: limits.maxBufferSize, maxBindingSize: limits.maxStorageBufferBindingSize,
  }));
}
process.exit(0);
`;

const REMEDY =
  "install the GPU's driver with Vulkan support (Linux: libvulkan1 and the vendor's driver); onnx-cpu needs none";

/** Adapters by the variables that name Vulkan's drivers. */
const known = new Map<string, Adapter>();

/**
 * The GPU that WebGPU would use.
 * @throws NonsmoothError if there is none, with the reason that the driver's loader gives
 *
 * @example
 * ```ts
 * import { NonsmoothError, webgpuAdapter } from "nonsmooth";
 *
 * try {
 *   console.log(webgpuAdapter().name);
 * } catch (error) {
 *   console.log(error instanceof NonsmoothError ? error.hint : error);
 * }
 * ```
 */
export function webgpuAdapter(): Adapter {
  const key = `${process.env.VK_ICD_FILENAMES} ${process.env.VK_DRIVER_FILES}`;
  const adapter = known.get(key) ?? ask();
  known.set(key, adapter);
  return adapter;
}

function ask(): Adapter {
  const { stdout, stderr, error, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", QUESTION], {
    cwd: projectRoot,
    encoding: "utf8",
    timeout: 60_000,
  });
  if (!error && status === 0 && stdout) return JSON.parse(stdout) as Adapter;
  if (stderr.includes("ERR_MODULE_NOT_FOUND"))
    fail("onnx-webgpu", "needs the package webgpu", "not installed", "npm install webgpu");
  const [reason = `the query ended with ${status}`] = stderr.split("\n").filter((line) => /\S/.test(line));
  throw new NonsmoothError("onnx-webgpu", "needs a GPU adapter", {
    got: error?.message ?? reason.replace(/^Warning: /, ""),
    hint: REMEDY,
    cause: error,
  });
}
