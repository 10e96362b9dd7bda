import { apply, formatType, type Shape, size, type Tensor, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Case, Evaluation, Op } from "./op";
import { biasGradient, evaluateEach, replicateStack, requireBias, stackOf, sumOverStack } from "./stacks";

type Transposes = { readonly transposeA: boolean; readonly transposeB: boolean };

/** [M, K, N] of op(A)·op(B), and the number of rows of op(B). */
function sizes([a, b]: readonly Type[], { transposeA, transposeB }: Transposes): [number, number, number, number] {
  const matrix = ({ shape }: Type, transposed: boolean) => (transposed ? shape.slice(-2).reverse() : shape.slice(-2));
  const [m, k] = matrix(a!, transposeA);
  const [k2, n] = matrix(b!, transposeB);
  return [m!, k!, n!, k2!];
}

export const matmulOp: Op<Transposes> = {
  name: "matmul",
  summary:
    "op(A)·op(B) + bias, where op may transpose and the bias [N] is added before the one rounding; of matrices, or of stacks [R, ...] matrix by matrix",
  rounds: true,
  agreement: { kind: "sum", terms: (inputs, attributes) => sizes(inputs, attributes)[1] + (inputs.length - 2) },
  // [M, K]·[K, N]: M·N·K
  products: (inputs, attributes, result) => size(result.shape) * sizes(inputs, attributes)[1],
  infer(inputs, attributes) {
    requireFloats("matmul", inputs, inputs.length === 3 ? 3 : 2);
    const [a, b, bias] = inputs;
    for (const x of [a!, b!]) {
      if (x.shape.length !== 2 && x.shape.length !== 3)
        fail("matmul", "operands must be matrices, or stacks of them", formatType(x));
    }
    const stack = stackOf("matmul", [a!, b!], 2);
    const [m, k, n, k2] = sizes(inputs, attributes);
    if (k !== k2) fail("matmul", "inner lengths must agree", `${k} and ${k2}`);
    if (bias) requireBias("matmul", bias, n, stack);
    return { format: a!.format, shape: [...stack, m, n] };
  },
  evaluate: evaluateEach([2, 2, 1], multiply),
  // C = op(A)·op(B):  dA = dC·op(B)ᵀ,  dB = op(A)ᵀ·dC,  transposed back where op transposes;  dbias = Σ_rows dC
  vjp({ g, inputs: [a, b, bias], attributes: { transposeA: ta, transposeB: tb }, ops }) {
    const da = ta ? ops.matmul(b!, g, { transposeA: tb, transposeB: true }) : ops.matmul(g, b!, { transposeB: !tb });
    const db = tb ? ops.matmul(g, a!, { transposeA: true, transposeB: ta }) : ops.matmul(a!, g, { transposeA: !ta });
    const gradients = [sumOverStack(ops, da, a!), sumOverStack(ops, db, b!)];
    return bias ? [...gradients, biasGradient(ops, g, bias)] : gradients;
  },
  replicate: (context) => replicateStack(context, 2),
  cases: (f) => transposes.flatMap((attributes) => productCases(f, [5, 65, 7], attributes)),
  gradientCases: () => transposes.flatMap((attributes) => productCases(F64, [2, 3, 4], attributes)),
};

function multiply(
  [a, b, bias]: readonly Tensor[],
  attributes: Transposes,
  out: Float64Array,
  { accumulate }: Evaluation,
): void {
  const { transposeA, transposeB } = attributes;
  const [m, k, n] = sizes([a!, b!], attributes);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) {
        const product = a!.data[transposeA ? l * m + i : i * k + l]! * b!.data[transposeB ? j * k + l : l * n + j]!;
        sum = accumulate(sum + product);
      }
      out[i * n + j] = bias ? accumulate(sum + bias.data[j]!) : sum;
    }
  }
}

const transposes: readonly Transposes[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

/** Products of matrices and of stacks: each operand with and without the stack's axis. */
function productCases(
  f: Parameters<typeof random>[0],
  [m, k, n]: readonly [number, number, number],
  attributes: Transposes,
): Case<Transposes>[] {
  const { transposeA, transposeB } = attributes;
  const product = (stacks: readonly Shape[], [rows, columns]: readonly [number, number] = [m, n]) => {
    const matrices = [transposeA ? [k, rows] : [rows, k], transposeB ? [columns, k] : [k, columns], [columns]];
    const shapes = stacks.map((stack, i) => [...stack, ...matrices[i]!]);
    const [a, b, bias] = shapes.map((shape) => `[${shape}]`);
    return {
      name: `${a}${transposeA ? "ᵀ" : ""}·${b}${transposeB ? "ᵀ" : ""}${bias ? ` + ${bias}` : ""}`,
      inputs: shapes.map((shape, i) => random(f, shape, "ab+"[i])),
      attributes,
    };
  };
  return [
    product([[], []]),
    product([[], [], []]),
    product([[3], [3], [3]]),
    product([[], [3], []]),
    product([[3], []]),
    product([[3], [3]], [1, n]),
    product([[], [3], [3]], [m, 1]),
  ];
}

/**
 * op(A)·op(B) + bias; A and B are matrices, op transposes if asked to (default: no), bias is [N] or absent. A stack of
 * matrices [R, ..., ...] instead of one gives a stack of products, matrix by matrix, with a bias [N] or [R, N]; a single matrix
 * beside a stack serves every product.
 */
export function matmul(
  a: Value,
  b: Value,
  { bias, transposeA = false, transposeB = false }: Partial<Transposes> & { readonly bias?: Value } = {},
): Value {
  return apply(matmulOp, bias ? [a, b, bias] : [a, b], { transposeA, transposeB });
}
