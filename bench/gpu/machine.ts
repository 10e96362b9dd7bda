/** What the tables were measured on. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { engineRecord, nvidiaDevice, webgpuAdapter } from "./library";
import type { TorchPeer } from "./types";

export interface Machine {
  /** What CUDA computes on, and with which libraries. */
  readonly cuda: string | null;
  /** Why it does not. */
  readonly noCuda?: string;
  /** What WebGPU takes, with its limits. */
  readonly adapter: ReturnType<typeof webgpuAdapter> | null;
  /** Why there is none. */
  readonly noAdapter?: string;
  /** Engines for which a program on the CPU acts as the GPU: times say nothing of their speed then. */
  readonly software: readonly string[];
  /** What the driver's own files say: "NVIDIA H200, driver 550.54.15". */
  readonly nvidia: string | null;
  /** `nvidia-smi`'s line: name, driver, memory, clocks. */
  readonly smi: string | null;
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly torch: TorchPeer | null;
  /** Day of the measurement, UTC. */
  readonly date: string;
  readonly rounds: number;
  /** Whether the sizes were tiny, to try the programs. */
  readonly small: boolean;
}

export function machine(torch: TorchPeer | undefined, { rounds, small }: Pick<Machine, "rounds" | "small">): Machine {
  const found = { ...cuda(), ...adapter() };
  const software = { cuda: /^software/.test(found.cuda ?? ""), "onnx-webgpu": found.adapter?.software ?? false };
  return {
    ...found,
    software: Object.entries(software).flatMap(([engine, is]) => (is ? [engine] : [])),
    nvidia: nvidiaDevice() ?? null,
    smi: smi(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
    onnxruntime: JSON.parse(readFileSync(require.resolve("onnxruntime-node/package.json"), "utf8")).version,
    torch: torch ?? null,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    small,
  };
}

function cuda(): Pick<Machine, "cuda" | "noCuda"> {
  try {
    return { cuda: engineRecord("cuda").device!() };
  } catch (error) {
    return { cuda: null, noCuda: (error as Error).message };
  }
}

function adapter(): Pick<Machine, "adapter" | "noAdapter"> {
  try {
    return { adapter: webgpuAdapter() };
  } catch (error) {
    return { adapter: null, noAdapter: (error as Error).message };
  }
}

const QUERY = "--query-gpu=name,driver_version,memory.total,clocks.max.sm,power.limit";

function smi(): string | null {
  try {
    return execFileSync("nvidia-smi", [QUERY, "--format=csv,noheader"], { encoding: "utf8", timeout: 30_000 }).trim();
  } catch {
    return null; // no NVIDIA driver, or a machine without its tools
  }
}
