/** Builds the CUDA device in software with g++, once for each version of its source; tests skip visibly without g++. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOURCE = join(__dirname, "device.cpp");
const NAMES = ["libcuda.so.1", "libnvrtc.so.12", "libcublasLt.so.12", "libcublas.so.12"];

/** The folder of its libraries, for NONSMOOTH_CUDA, or why there is none. */
export function softwareCuda(): { readonly folder: string } | { readonly missing: string } {
  const hash = createHash("sha256").update(readFileSync(SOURCE)).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `nonsmooth-software-cuda-${process.getuid?.() ?? 0}-${hash}`);
  if (existsSync(folder)) return { folder };
  if (spawnSync("g++", ["--version"]).status !== 0) return { missing: "there is no g++" };
  const own = `${folder}-${process.pid}`;
  mkdirSync(own, { recursive: true });
  const library = join(own, "device.so");
  const flags = [
    "-std=c++20",
    "-O2",
    "-ftree-vectorize",
    "-march=native",
    "-ffp-contract=off",
    "-fPIC",
    "-shared",
    "-w",
  ];
  const { status, stderr } = spawnSync("g++", [...flags, SOURCE, "-o", library, "-ldl"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${SOURCE} does not compile:\n${stderr}`);
  for (const name of NAMES) symlinkSync("device.so", join(own, name));
  try {
    renameSync(own, folder);
  } catch {
    rmSync(own, { recursive: true }); // another process was faster
  }
  return { folder };
}
