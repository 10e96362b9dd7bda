/**
 * Sums in a fixed order, whatever the device: every thread adds up to 64 terms, then its neighbours' sums are added in the same way. How
 * the terms are divided depends on their number alone, so many networks side by side get the bits that one network gets.
 */
import type { ElementFormat } from "../../../formats";
import { normalizeAxes, type Shape, size, strides } from "../../../ir";
import type { Builder } from "../builder";
import type { Access, Cell, Formula } from "../cells";
import { byCoordinates, perChannel } from "../code/maps";
import { literal, storedAs } from "../code/numbers";

/** Terms that one thread adds. */
const TERMS = 64;

/** A sum over axes of a shape: for each result j, the terms r = 0, 1, … are elements of that shape. */
export interface Summation {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

export interface Terms {
  /** Read at each element of the shape. */
  readonly operands: readonly Access[];
  /** One sum for each. */
  readonly formulas: readonly Formula[];
  /** The accumulator's format. */
  readonly format: ElementFormat;
  /** What becomes of each sum; default: it stays as it was accumulated. */
  readonly finish?: Finish;
}

export interface Finish {
  readonly format: ElementFormat;
  /** Of the sum, in the accumulator's carrier. */
  readonly formula: (sum: string) => string;
}

export function sums(b: Builder, over: Summation, terms: Terms): Cell[] {
  const parts = partsOf(over);
  if (parts === 1) return stage(b, over, terms, 1);
  const { finish, ...own } = terms;
  return stage(b, over, own, parts).map((partial) => ofParts(b, partial, { over, parts, terms }));
}

/** Sums of partial sums, until there is one. */
function ofParts(
  b: Builder,
  partial: Cell,
  { over, parts, terms }: { readonly over: Summation; readonly parts: number; readonly terms: Terms },
): Cell {
  const results = partial.length / parts;
  const shape = leavesLast(over) ? [parts, results] : [results, parts];
  const axes = [leavesLast(over) ? 0 : 1];
  const operands: Access[] = [{ cell: partial, map: "same" }];
  return sums(b, { shape, axes }, { ...terms, operands, formulas: [([x]) => x!] })[0]!;
}

const termsOf = ({ shape, axes }: Summation) => size(goneAxes({ shape, axes }).map((axis) => shape[axis]!));
const partsOf = (over: Summation) => Math.ceil(termsOf(over) / TERMS);
const goneAxes = ({ shape, axes }: Summation) => normalizeAxes("sum", axes, shape.length);
/** Whether neighbouring results are neighbours in memory; otherwise neighbouring terms are. */
const leavesLast = ({ shape, axes }: Summation) => !goneAxes({ shape, axes }).includes(shape.length - 1);

/** Each thread adds the terms p, p + parts, p + 2 parts, … of one result. */
function stage(b: Builder, over: Summation, { operands, formulas, format, finish }: Terms, parts: number): Cell[] {
  const n = termsOf(over);
  const results = size(over.shape) / n;
  const { carrier } = storedAs(format);
  const target = storedAs(finish?.format ?? format).carrier;
  const inputs: Cell[] = [];
  const reads = operands.map((access, k) => read(access, inputs, k));
  const values = formulas.map((formula) =>
    formula(
      operands.map((_, k) => `a${k}`),
      "i",
    ),
  );
  const body = [
    leavesLast(over)
      ? `const index j = t % ${results}, p = t / ${results};`
      : `const index j = t / ${parts}, p = t % ${parts};`,
    `const index base = ${baseOf(over, "j")};`,
    ...formulas.map((_, k) => `${carrier} s${k} = 0;`),
    "#pragma unroll 16",
    `for (index r = p; r < ${n}; r += ${parts}) {`,
    `  const index i = base + ${offsetOf(over, "r")};`,
    ...reads.map((line) => `  ${line}`),
    ...values.map((value, k) => `  s${k} += ${value};`),
    "}",
    ...formulas.map(
      (_, k) => `const ${target} r${k}[1] = {(${target})(${finish ? finish.formula(`s${k}`) : `s${k}`})};`,
    ),
  ].join("\n");
  const threads = results * parts;
  return b.kernel(
    inputs,
    formulas.map(() => ({ format: finish?.format ?? format, length: threads })),
    { threads, body, lanes: 1 },
  );
}

/** Reads an operand's element at i into a<k>. */
function read({ cell, map }: Access, inputs: Cell[], k: number): string {
  const { carrier, load } = storedAs(cell.format);
  if (cell.source.kind === "constant") return `const ${carrier} a${k} = ${literal(cell.format, cell.source.value)};`;
  const name = (read: Cell) => {
    if (!inputs.includes(read)) inputs.push(read);
    return `x${inputs.indexOf(read)}`;
  };
  const place = map === "same" ? "i" : map.index("i", map.via ? name(map.via) : "");
  return `const ${carrier} a${k} = ${load(`${name(cell)}[${place}]`)};`;
}

/** Where result j begins, and how far term r is from there. */
const baseOf = (over: Summation, j: string) => along(over, (gone) => !gone, j);
const offsetOf = (over: Summation, r: string) => along(over, (gone) => gone, r);

function along({ shape, axes }: Summation, chosen: (gone: boolean) => boolean, i: string): string {
  const gone = goneAxes({ shape, axes });
  const own = strides(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => chosen(gone.includes(axis)));
  if (kept.length === 0) return "0";
  return byCoordinates(
    kept.map((axis) => shape[axis]!),
    kept.map((axis) => own[axis]!),
  ).index(i, "");
}

/** For [..., C]: sums over all axes but the last. */
export const overRows = (shape: Shape): Summation => ({ shape, axes: shape.slice(0, -1).map((_, axis) => axis) });

/** Under which a sum over all axes but the last is kept, so that batch normalisation and the gradient of a bias share it. */
export const ROW_SUM = "sum over rows";

/** The mean and the biased variance of each channel of x [..., C], in the accumulator's format: two passes, as in the definition. */
export function moments(b: Builder, x: Cell, shape: Shape, format: ElementFormat): { mean: Cell; variance: Cell } {
  return b.once("moments", [x], () => {
    const over = overRows(shape);
    const n = literal(format, termsOf(over));
    const same: Access = { cell: x, map: "same" };
    const wide = storedAs(format).carrier;
    const finish: Finish = { format, formula: (sum) => `${sum} / ${n}` };
    const [mean] = sums(b, over, { operands: [same], formulas: [([v]) => v!], format, finish }) as [Cell];
    const square: Formula = ([v, m]) => `((${wide})${v} - ${m}) * ((${wide})${v} - ${m})`;
    const operands = [same, perChannel(mean)];
    const [variance] = sums(b, over, { operands, formulas: [square], format, finish }) as [Cell];
    return { mean, variance };
  });
}
