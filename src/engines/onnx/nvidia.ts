/** NVIDIA's device, by its driver's files, and the library of ONNX Runtime's CUDA provider. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

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
