/** Arrays of a program: in the device's memory, or only in a kernel's registers. */
import type { ElementFormat } from "../../formats";
import type { Shape } from "../../ir";

export interface Cell {
  readonly format: ElementFormat;
  readonly length: number;
  readonly source: Source;
}

/** Where an array comes from. */
export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly value: number }
  | Elementwise
  /** The array that a step writes as its `output`-th. */
  | { readonly kind: "step"; readonly step: Step; readonly output: number };

/** out[i] = formula(operands at i): neighbours become one kernel. */
export interface Elementwise {
  readonly kind: "elementwise";
  readonly operands: readonly Access[];
  /** The result in C, of its format's carrier; `x` are the operands in their carriers, `i` is the element's place. */
  readonly formula: Formula;
  /** Whether the result has to be rounded to its format: not if it is a choice or a copy. */
  readonly rounds: boolean;
}

export type Formula = (x: readonly string[], i: string) => string;

/** Which element of an array belongs to element i of a result. */
export interface Access {
  readonly cell: Cell;
  /** `same` if it is element i, which may then stay in a register. */
  readonly map: "same" | IndexMap;
}

export interface IndexMap {
  /** The place in C, of element i; `via` is the array below. */
  index(i: string, via: string): string;
  /** Places are the same (step 0) or consecutive (step 1) within each aligned run of so many elements. */
  readonly run: number;
  readonly step: 0 | 1;
  /** An array of indices that the place depends on. */
  readonly via?: Cell;
}

/** Work on the device that is not elementwise: it reads whole arrays and writes whole arrays. */
export interface Step {
  readonly inputs: readonly Cell[];
  /** The format and length of each array that it writes. */
  readonly outputs: readonly Pick<Cell, "format" | "length">[];
  readonly work: KernelWork | ProductWork;
}

export interface KernelWork {
  readonly kind: "kernel";
  /** Threads; each calls the body once. */
  readonly threads: number;
  /**
   * The body in C: `t` is the thread's number, the inputs are x0, x1, … and the outputs y0, y1, …, unless it has lanes.
   */
  readonly body: string;
  /**
   * Elements t · lanes, … of each output that the thread computes. The body then leaves them in r0[lanes], r1[lanes], … in the carriers of their
   * formats, not yet rounded, and elementwise arrays may join the kernel. Absent if the body writes its outputs itself.
   */
  readonly lanes?: number;
}

/** Row-major C = op(A)·op(B), or a stack of such products; A and B are the inputs. */
export interface ProductWork {
  readonly kind: "product";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Number of products; undefined if it is not a stack. */
  readonly stack?: number;
  /** Elements from one matrix of the stack to the next: A, B, C; 0 if all share one. */
  readonly strides: readonly [number, number, number];
}

/** A cell together with the shape in which an operation sees it. */
export interface Operand {
  readonly cell: Cell;
  readonly shape: Shape;
}
