/** What a table was measured on. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import type { Python } from "./python";

export interface Machine {
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Processes that wanted a core in the last minute before the start; 0 on a quiet machine (and on Windows). */
  readonly load: number;
  readonly platform: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** null where there is no Python with PyTorch. */
  readonly torch: string | null;
  readonly blas: string | null;
  readonly tfjs: string;
  /** Day of the measurement, UTC. */
  readonly date: string;
  readonly rounds: number;
}

export function machine(python: Python | undefined, rounds: number): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    load: Math.round(loadavg()[0]! * 10) / 10,
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    onnxruntime: version("onnxruntime-node"),
    torch: python?.torch ?? null,
    blas: python?.blas ?? null,
    tfjs: version("@tensorflow/tfjs-core"),
    date: new Date().toISOString().slice(0, 10),
    rounds,
  };
}

/** Version of an installed package: packages that list their exports do not let their package.json be asked for by name. */
function version(name: string): string {
  for (let folder = dirname(require.resolve(name)); ; folder = dirname(folder)) {
    const found = readPackage(folder);
    if (found?.name === name) return found.version;
    if (folder === dirname(folder)) return "unknown";
  }
}

function readPackage(folder: string): { name?: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined; // no package.json in this folder: the one above may have it
  }
}
