/** Batch normalisation: statistics and sums over rows in the accumulator's format, then one elementwise pass with one rounding. */
import type { ElementFormat } from "../../../formats";
import { type Shape, size } from "../../../ir";
import { type Builder, sumFormat } from "../builder";
import type { Access, Cell } from "../cells";
import { perChannel } from "../code/maps";
import { literal, storedAs } from "../code/numbers";
import { moments, overRows, rowSum, sums } from "./sums";

interface Batch {
  readonly x: Cell;
  readonly shape: Shape;
  readonly format: ElementFormat;
  readonly epsilon: number;
}

const same = (cell: Cell): Access => ({ cell, map: "same" });

/** μ, and 1/√(σ² + ε), of each channel. */
function statistics(b: Builder, { x, shape, format, epsilon }: Batch) {
  const wide = sumFormat(format);
  const { mean, variance } = moments(b, x, shape, wide);
  const inverse = b.once(`inverse ${epsilon}`, [variance], () =>
    b.elementwise(variance, [same(variance)], ([v]) => `1 / sqrt(${v} + ${literal(wide, epsilon)})`),
  );
  return { mean, inverse, wide };
}

/** (x − μ) · r, in the accumulator's carrier. */
const standard = (wide: ElementFormat) => (x: string, mean: string, inverse: string) =>
  `((${storedAs(wide).carrier})${x} - ${mean}) * ${inverse}`;

export function batchNorm(b: Builder, batch: Batch, scale: Cell, shift: Cell): Cell {
  const { mean, inverse, wide } = statistics(b, batch);
  const hat = standard(wide);
  const vectors = [mean, inverse, scale, shift].map(perChannel);
  return b.elementwise(
    { format: batch.format, length: batch.x.length },
    [same(batch.x), ...vectors],
    ([x, m, r, gamma, beta]) => `${hat(x!, m!, r!)} * ${gamma} + ${beta}`,
  );
}

/** Σ g and Σ g · x̂ of each channel. */
function gradientSums(b: Builder, batch: Batch, g: Cell): readonly [Cell, Cell] {
  const { mean, inverse, wide } = statistics(b, batch);
  const { carrier } = storedAs(wide);
  return b.once(`gradient sums ${batch.epsilon}`, [batch.x, g, mean], () => {
    const operands = [same(batch.x), same(g), perChannel(mean), perChannel(inverse)];
    const hat = standard(wide);
    const [sum, projection] = sums(b, overRows(batch.shape), {
      operands,
      formulas: [([, d]) => d!, ([x, d, m, r]) => `(${carrier})${d} * (${hat(x!, m!, r!)})`],
      format: wide,
    });
    b.once(rowSum(batch.shape), [g], () => sum!);
    return [sum!, projection!] as const;
  });
}

/** γ r (g − mean(g) − x̂ · mean(g x̂)) */
export function inputGradient(b: Builder, batch: Batch, g: Cell, scale: Cell): Cell {
  const { mean, inverse, wide } = statistics(b, batch);
  const [sum, projection] = gradientSums(b, batch, g);
  const n = literal(wide, size(batch.shape.slice(0, -1)));
  const hat = standard(wide);
  return b.elementwise(
    { format: batch.format, length: batch.x.length },
    [same(batch.x), same(g), ...[mean, inverse, scale, sum, projection].map(perChannel)],
    ([x, d, m, r, gamma, s, p]) => `${gamma} * ${r} * (${d} - ${s} / ${n} - ${hat(x!, m!, r!)} * ${p} / ${n})`,
  );
}

/** Σ g · x̂ */
export function scaleGradient(b: Builder, batch: Batch, g: Cell): Cell {
  const [, projection] = gradientSums(b, batch, g);
  return b.elementwise({ format: batch.format, length: projection.length }, [same(projection)], ([p]) => p!);
}

export function variance(b: Builder, { x, shape, format }: Omit<Batch, "epsilon">): Cell {
  const { variance: v } = moments(b, x, shape, sumFormat(format));
  return b.elementwise({ format, length: v.length }, [same(v)], ([s]) => s!);
}
