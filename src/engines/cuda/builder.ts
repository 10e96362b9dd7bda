/** Makes a program's arrays, one operation after another. */
import { accumulator, type ElementFormat, type FormatName, isFloat } from "../../formats";
import { type Shape, size } from "../../ir";
import type { Access, Cell, Formula, KernelWork, Operand, ProductWork, Step } from "./cells";
import { stretched } from "./code/maps";

interface Kind {
  readonly format: ElementFormat;
  readonly length: number;
}

export class Builder {
  private readonly numbers = new Map<Cell, number>();
  private readonly shared = new Map<string, unknown>();

  /** An array whose elements are computed one by one. */
  elementwise(kind: Kind, operands: readonly Access[], formula: Formula, rounds = true): Cell {
    return { ...kind, source: { kind: "elementwise", operands, formula, rounds } };
  }

  /** The same, of operands that stretch to the result's shape. */
  stretching(
    { format, shape }: { readonly format: ElementFormat; readonly shape: Shape },
    operands: readonly Operand[],
    formula: Formula,
    rounds = true,
  ): Cell {
    const kind = { format, length: size(shape) };
    return this.elementwise(
      kind,
      operands.map((operand) => stretched(operand, shape)),
      formula,
      rounds,
    );
  }

  kernel(inputs: readonly Cell[], outputs: readonly Kind[], work: Omit<KernelWork, "kind">): Cell[] {
    return this.step({ inputs: inputs.map((cell) => this.inMemory(cell)), outputs, work: { kind: "kernel", ...work } });
  }

  product(a: Cell, b: Cell, output: Kind, work: Omit<ProductWork, "kind">): Cell {
    const inputs = [this.inMemory(a), this.inMemory(b)];
    return this.step({ inputs, outputs: [output], work: { kind: "product", ...work } })[0]!;
  }

  /** An array that is read as a whole: a constant has to be written first. */
  inMemory(cell: Cell): Cell {
    return cell.source.kind === "constant" ? this.copy(cell) : cell;
  }

  copy(cell: Cell): Cell {
    return this.elementwise(cell, [{ cell, map: "same" }], ([x]) => x!, false);
  }

  /** What several operations need of the same arrays is made once. */
  once<T>(what: string, cells: readonly Cell[], make: () => T): T {
    const key = this.keyOf(what, cells);
    if (!this.shared.has(key)) this.shared.set(key, make());
    return this.shared.get(key) as T;
  }

  /** The same, if it was made before. */
  known<T>(what: string, cells: readonly Cell[]): T | undefined {
    return this.shared.get(this.keyOf(what, cells)) as T | undefined;
  }

  private keyOf(what: string, cells: readonly Cell[]): string {
    return `${what} ${cells.map((cell) => this.numberOf(cell)).join(" ")}`;
  }

  private step(step: Step): Cell[] {
    return step.outputs.map((kind, output) => ({ ...kind, source: { kind: "step", step, output } }));
  }

  private numberOf(cell: Cell): number {
    const known = this.numbers.get(cell) ?? this.numbers.size;
    this.numbers.set(cell, known);
    return known;
  }
}

/** The format in which sums over numbers of a format are accumulated. */
export const sumFormat = (format: ElementFormat): ElementFormat =>
  isFloat(format) ? accumulator(format as FormatName).name : "i32";
