/** The Python that has PyTorch, if there is one. */
import { join } from "node:path";
import { benchFolder, runProgram } from "./processes";

export interface Python {
  readonly program: string;
  /** Version of PyTorch. */
  readonly torch: string;
  /** Its matrix library: `OpenBLAS 0.3.21`. */
  readonly blas: string;
}

/** What stands in the table where PyTorch would. */
export const NO_TORCH =
  "not measured: no Python with PyTorch found (Debian: apt-get install python3-torch libopenblas0-pthread)";

/** `NONSMOOTH_PYTHON`, then Debian's own, then the one on the path. */
export function pythonCandidates(): string[] {
  const named = process.env.NONSMOOTH_PYTHON;
  return [...(named ? [named] : []), "/usr/bin/python3", "python3"];
}

/** The first of the programs that imports torch. */
export async function findPython(candidates: readonly string[] = pythonCandidates()): Promise<Python | undefined> {
  for (const program of candidates) {
    try {
      return { program, ...(await runProgram<Omit<Python, "program">>(program, [peer("torch_info")])) };
    } catch {
      // no Python, or one without PyTorch: the next may have it
    }
  }
  return undefined;
}

/**
 * How OpenMP's threads wait: actively, as they come, or passively. On few cores those that wait actively keep OpenBLAS's
 * threads from working, and PyTorch is several times slower than it need be; so the default is what is better for it.
 */
export type Waiting = "active" | "passive";

/** Runs bench/peers/<name>.py with so many threads; options become `--name value`. */
export function runPeer<R>(
  python: Python,
  name: string,
  options: Readonly<Record<string, string | number>> & { readonly threads: number },
  waiting: Waiting = "passive",
): Promise<R> {
  const words = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const threads = String(options.threads);
  return runProgram<R>(python.program, [peer(name), ...words], {
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    ...(waiting === "passive" && { OMP_WAIT_POLICY: "PASSIVE" }),
  });
}

const peer = (name: string) => join(benchFolder, "peers", `${name}.py`);
