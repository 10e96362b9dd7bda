/** A kernel's source: its parameters are arrays alone, everything else is written into its body. */
import { createHash } from "node:crypto";
import type { Cell } from "../cells";
import { indented } from "./lines";
import { storedAs } from "./numbers";

export interface Kernel {
  /** Equal sources have equal names. */
  readonly name: string;
  readonly source: string;
  readonly threads: number;
  readonly inputs: readonly Cell[];
  readonly outputs: readonly Cell[];
}

/** Threads of a block. */
export const BLOCK = 256;

interface Parts {
  readonly inputs: readonly Cell[];
  readonly outputs: readonly Cell[];
  readonly threads: number;
  /** `t` is the thread's number. */
  readonly body: string;
}

export function kernel({ inputs, outputs, threads, body }: Parts): Kernel {
  const parameter = (macro: string, letter: string) => (cell: Pick<Cell, "format" | "length">, k: number) =>
    `${macro}(${storedAs(cell.format).type}, ${letter}${k}, ${cell.length})`;
  const parameters = [...inputs.map(parameter("IN", "x")), ...outputs.map(parameter("OUT", "y"))].join(", ");
  const longest = Math.max(threads * 16, ...[...inputs, ...outputs].map(({ length }) => length));
  const text = [
    `(${parameters}) {`,
    // a loop's counter goes beyond the last index by its step
    `  typedef ${longest < 2 ** 30 ? "int" : "long long"} index;`,
    "  const index t = (index)blockIdx.x * blockDim.x + threadIdx.x;",
    `  if (t >= ${threads}) return;`,
    indented(body),
    "}",
  ].join("\n");
  const name = `k${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
  return { name, source: `extern "C" __global__ void ${name}${text}`, threads, inputs, outputs };
}
