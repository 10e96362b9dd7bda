/**
 * Sums in a fixed order, whatever the device: every thread adds up to 64 terms, then its neighbours' sums are added in the same way. How
 * the terms are divided depends on their number alone, so many networks side by side get the bits that one network gets.
 */
import type { ElementFormat } from "../../../formats";
import { normalizeAxes, type Shape, size, strides } from "../../../ir";
import type { Builder } from "../builder";
import type { Access, Cell, Formula } from "../cells";
import { each, widthThat } from "../code/lines";
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

/** Each thread adds the terms p, p + parts, p + 2 parts, … of neighbouring results, as many as fill 16 bytes. */
function stage(b: Builder, over: Summation, terms: Terms, parts: number): Cell[] {
  const { operands, formulas, format, finish } = terms;
  const n = termsOf(over);
  const results = size(over.shape) / n;
  const lanes = lanesOf(over, operands);
  const { carrier } = storedAs(format);
  const target = storedAs(finish?.format ?? format).carrier;
  const inputs: Cell[] = [];
  const reads = operands.map((access, k) => read(access, { inputs, k, lanes }));
  const names = operands.map((_, k) => `a${k}`);
  const adds = formulas.map((formula, k) => `s${k}[j] += ${formula(names, "(i + j)")};`);
  const body = [
    leavesLast(over)
      ? `const index first = t % ${results / lanes} * ${lanes}, p = t / ${results / lanes};`
      : `const index first = t / ${parts}, p = t % ${parts};`,
    `const index base = ${baseOf(over, "first")};`,
    ...formulas.map((_, k) => `${carrier} s${k}[${lanes}];`),
    each(lanes, `{ ${formulas.map((_, k) => `s${k}[j] = 0;`).join(" ")} }`),
    `#pragma unroll ${Math.max(2, 16 / lanes)}`,
    `for (index r = p; r < ${n}; r += ${parts}) {`,
    `  const index i = base + ${offsetOf(over, "r")};`,
    ...reads.flatMap(({ before }) => before.map((line) => `  ${line}`)),
    each(lanes, "{"),
    ...[...reads.map(({ lane }) => lane), ...adds].map((line) => `    ${line}`),
    "  }",
    "}",
    ...formulas.map((_, k) => `${target} r${k}[${lanes}];`),
    each(lanes, "{"),
    ...formulas.map((_, k) => `  r${k}[j] = (${target})(${finish ? finish.formula(`s${k}[j]`) : `s${k}[j]`});`),
    "}",
  ].join("\n");
  const kind = { format: finish?.format ?? format, length: results * parts };
  return b.kernel(
    inputs,
    formulas.map(() => kind),
    { threads: kind.length / lanes, body, lanes },
  );
}

/** Neighbouring results that a thread sums at once: their terms lie side by side in every operand. */
function lanesOf(over: Summation, operands: readonly Access[]): number {
  if (!leavesLast(over) || over.shape.length === 0) return 1;
  const widest = Math.max(...operands.map(({ cell }) => storedAs(cell.format).bytes));
  const fits = (lanes: number) =>
    over.shape.at(-1)! % lanes === 0 &&
    operands.every(({ map }) => map === "same" || map.run === Number.POSITIVE_INFINITY || map.run % lanes === 0);
  return widthThat(fits, widest);
}

/** Reads an operand's elements from i on: what is read at once, and lane j of it as a<k>. */
function read(
  { cell, map }: Access,
  { inputs, k, lanes }: { readonly inputs: Cell[]; readonly k: number; readonly lanes: number },
): { readonly before: readonly string[]; readonly lane: string } {
  const { carrier, load, type } = storedAs(cell.format);
  const lane = (word: string) => `const ${carrier} a${k} = ${word};`;
  if (cell.source.kind === "constant") return { before: [], lane: lane(literal(cell.format, cell.source.value)) };
  const name = (own: Cell) => {
    if (!inputs.includes(own)) inputs.push(own);
    return `x${inputs.indexOf(own)}`;
  };
  const place = map === "same" ? "i" : map.index("i", map.via ? name(map.via) : "");
  if (map !== "same" && map.step === 0)
    return { before: [`const ${type} q${k} = ${name(cell)}[${place}];`], lane: lane(load(`q${k}`)) };
  const pack = `const Pack<${type}, ${lanes}> q${k} = load<${lanes}>(${name(cell)}, (${place}) / ${lanes});`;
  return { before: [pack], lane: lane(load(`q${k}.v[j]`)) };
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
export const rowSum = (shape: Shape): string => `sum over the rows of ${shape.at(-1)} channels`;

/** The mean and the biased variance of each channel of x [..., C], in the accumulator's format: two passes, as in the definition. */
export function moments(b: Builder, x: Cell, shape: Shape, format: ElementFormat): { mean: Cell; variance: Cell } {
  return b.once(`moments of ${shape.at(-1)} channels`, [x], () => {
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
