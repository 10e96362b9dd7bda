/** Where a program's arrays lie in one block of the device's memory: two arrays share a place if they are never alive together. */
import type { Cell } from "./cells";
import { storedAs } from "./code/numbers";

/** cuBLAS and loads of 16 bytes want aligned arrays; 256 is what CUDA's own allocations have. */
export const ALIGNMENT = 256;

export const bytesOf = ({ format, length }: Pick<Cell, "format" | "length">): number => storedAs(format).bytes * length;

export const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** An array's life: the first and the last entry of the schedule that touches it. */
export interface Life {
  readonly cell: Cell;
  readonly from: number;
  readonly to: number;
}

export interface MemoryPlan {
  /** Bytes from the block's begin. */
  readonly offsets: ReadonlyMap<Cell, number>;
  /** Bytes of the block. */
  readonly bytes: number;
}

/** Largest arrays first, each at the lowest place that is free during its life. */
export function planMemory(lives: readonly Life[]): MemoryPlan {
  const sorted = [...lives].sort((a, b) => bytesOf(b.cell) - bytesOf(a.cell) || a.from - b.from);
  const placed: (Life & { readonly offset: number; readonly end: number })[] = [];
  for (const life of sorted) {
    const others = placed.filter(({ from, to }) => from <= life.to && life.from <= to);
    const offset = lowestGap(others, aligned(bytesOf(life.cell)));
    placed.push({ ...life, offset, end: offset + aligned(bytesOf(life.cell)) });
  }
  return {
    offsets: new Map(placed.map(({ cell, offset }) => [cell, offset])),
    bytes: Math.max(0, ...placed.map(({ end }) => end)),
  };
}

function lowestGap(others: readonly { readonly offset: number; readonly end: number }[], bytes: number): number {
  let offset = 0;
  for (const other of [...others].sort((a, b) => a.offset - b.offset)) {
    if (other.offset - offset >= bytes) break;
    offset = Math.max(offset, other.end);
  }
  return offset;
}
