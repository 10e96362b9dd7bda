/** The NVIDIA device, found through its driver's files, and the library of ONNX Runtime's CUDA provider. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The path of the provider's library, if it is installed. */
export function cudaLibrary(): string {
  const folder = dirname(createRequire(__filename).resolve("onnxruntime-node/package.json"));
  return join(folder, "bin", "napi-v6", process.platform, process.arch, "libonnxruntime_providers_cuda.so");
}

/**
 * "NVIDIA H200, driver 550.54.15", from the driver's own files (Linux, but not the Windows Subsystem for Linux); if there are
 * several devices, all of them and the variable that chooses. Undefined if there is none, or none is visible.
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
