/** Whether there is an NVIDIA GPU, found without loading a library. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Windows gives its GPU to Linux through this device, without the driver's own files. */
const WINDOWS_GPU = "/dev/dxg";

/** How CUDA_VISIBLE_DEVICES says that there is none; the last one is Slurm's, for a job that asked for none. */
const NONE: readonly (string | undefined)[] = ["", "-1", "NoDevFiles"];

/** Whether CUDA is worth a try. */
export const isNvidiaHere = (): boolean =>
  nvidiaDevice() !== undefined || existsSync(WINDOWS_GPU) || Boolean(process.env.NONSMOOTH_CUDA);

/**
 * "NVIDIA H200, driver 550.54.15", from the driver's own files (Linux, but not the Windows Subsystem for Linux); if there are
 * several devices, all of them and the variable that chooses. Undefined if there is none, or none is visible.
 */
export function nvidiaDevice(
  root = "/proc/driver/nvidia",
  visible = process.env.CUDA_VISIBLE_DEVICES,
): string | undefined {
  if (!existsSync(join(root, "version")) || NONE.includes(visible)) return undefined;
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
