/** The derivative of every operation, by differences in f64 on the definition, kinks included. */
import { describe, expect, it } from "vitest";
import { checkGradient, gradient } from "../../src/autodiff";
import { referenceEngine } from "../../src/engines";
import { isFloat } from "../../src/formats";
import { apply, graph, input, type Tensor, tensor, wrap } from "../../src/ir";
import { type Case, type Op, opNames, ops, type Pieces, recordOf, slopeAt } from "../../src/ops";
import { stream } from "../../src/util";

/** Σ weights · f(x), and its gradient for every floating-point operand, at any operands. */
async function weighted(record: Op<never>, { inputs, attributes }: Case<never>, kinks: Record<string, number>) {
  const operands = inputs.map((x, i) => input(`x${i}`, x.format, x.shape));
  const y = apply(record, operands, attributes);
  const scalar = ops.reduceSum(ops.mul(ops.cast(y, "f64"), input("weights", "f64", y.shape)));
  const floats = operands.flatMap((x, i) => (isFloat(x.format) ? [i] : []));
  const gradients = gradient(
    scalar,
    floats.map((i) => operands[i]!),
    { kinks },
  );
  const named = Object.fromEntries(floats.map((i, k) => [`d${i}`, gradients[k]!]));
  const program = await referenceEngine().compile(graph({ scalar, ...named }, record.name));
  const random = stream(4, "weights", record.name);
  const length = y.shape.reduce((product, n) => product * n, 1);
  const weights = tensor(
    "f64",
    Array.from({ length }, () => random.uniformIn(0.5, 2)),
    y.shape,
  );
  const run = (at: readonly Tensor[]) =>
    program.run({ weights, ...Object.fromEntries(at.map((x, i) => [`x${i}`, x])) });
  return { floats, run, at: await run(inputs) };
}

/** The scalar as a function of one operand, or of one element of it. */
const along =
  ({ run }: Awaited<ReturnType<typeof weighted>>, inputs: readonly Tensor[], operand: number) =>
  async (data: Float64Array) => {
    const moved = inputs.with(operand, wrap("f64", data, inputs[operand]!.shape));
    return (await run(moved)).scalar!.data[0]!;
  };

// a constant of the sweep has no case: difference quotients would see its slope
const differentiable = opNames
  .map((name) => recordOf(name)! as Op<never>)
  .filter((record) => record.gradientCases?.().length);

describe.each(differentiable.filter((record) => record.vjp).map((record) => [record.name, record] as const))(
  "%s",
  (_, record) => {
    it.each(record.gradientCases!().map((example) => [example.name, example] as const))(
      `the gradient of ${record.name} agrees with difference quotients: %s`,
      async (_, example) => {
        const function_ = await weighted(record, example, {});
        expect(function_.floats.length).toBeGreaterThan(0);
        for (const operand of function_.floats) {
          const x = example.inputs[operand]!.data as Float64Array;
          await checkGradient(along(function_, example.inputs, operand), x, function_.at[`d${operand}`]!.data);
        }
      },
    );
  },
);

const kinked = differentiable.filter((record) => record.pieces);

describe.each(kinked.map((record) => [record.name, record] as const))("%s, at its kinks", (name, record) => {
  it.each([0, 0.3, 1])(
    `the gradient of ${name} agrees with difference quotients at kinks with the slope %d`,
    async (s) => {
      for (const example of record.gradientCases!()) {
        const pieces = record.pieces!(example.attributes);
        const function_ = await weighted(
          record,
          example,
          Object.fromEntries(pieces.kinks.map((kink) => [`${name}.${kink.name}`, s])),
        );
        const x = example.inputs[0]!.data as Float64Array;
        expect(pieces.kinks.every((kink) => x.includes(kink.at))).toBe(true);
        const whole = along(function_, example.inputs, 0);
        for (const [i, point] of x.entries()) {
          const element = ([v]: Float64Array) => whole(x.with(i, v!));
          await checkGradient(
            element,
            Float64Array.of(point),
            [function_.at.d0!.data[i]!],
            mixtureAt(pieces, point, s),
          );
        }
      }
    },
  );

  it(`the gradient of ${name} without a slope is that with the default of its record`, async () => {
    for (const example of record.gradientCases!()) {
      const pieces = record.pieces!(example.attributes);
      const defaults = Object.fromEntries(pieces.kinks.map((kink) => [`${name}.${kink.name}`, kink.default]));
      const silent = await weighted(record, example, {});
      const told = await weighted(record, example, defaults);
      expect(silent.at.d0).toEqual(told.at.d0);
    }
  });
});

/** λ for which (1 − λ)·left + λ·right = s, where the point is a kink. */
function mixtureAt({ kinks, slopes }: Pieces, point: number, s: number): { mixture?: number } {
  const i = kinks.findIndex((kink) => kink.at === point);
  if (i < 0) return {};
  const [left, right] = [slopeAt(slopes[i]!, point), slopeAt(slopes[i + 1]!, point)];
  return { mixture: (s - left) / (right - left) };
}
