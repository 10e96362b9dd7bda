import { apply, formatType, type Type, type Value } from "../ir";
import { fail } from "../util";
import { F64, random } from "./cases";
import { requireFloats } from "./elementwise";
import type { Op } from "./op";

type Transposes = { readonly transposeA: boolean; readonly transposeB: boolean };

/** [M, K, N] of op(A)·op(B). */
function sizes([a, b]: readonly Type[], { transposeA, transposeB }: Transposes): [number, number, number, number] {
  const [m, k] = transposeA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
  const [k2, n] = transposeB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
  return [m, k, n, k2];
}

export const matmulOp: Op<Transposes> = {
  name: "matmul",
  summary: "op(A)·op(B) + bias, where op may transpose and the bias [N] is added before the one rounding",
  rounds: true,
  agreement: { kind: "sum", terms: (inputs, attributes) => sizes(inputs, attributes)[1] + (inputs.length - 2) },
  infer(inputs, attributes) {
    requireFloats("matmul", inputs, inputs.length === 3 ? 3 : 2);
    const [a, b, bias] = inputs;
    for (const x of [a, b]) if (x!.shape.length !== 2) fail("matmul", "operands must be matrices", formatType(x!));
    const [m, k, n, k2] = sizes(inputs, attributes);
    if (k !== k2) fail("matmul", "inner lengths must agree", `${k} and ${k2}`);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== n))
      fail("matmul", `bias must be [${n}]`, formatType(bias));
    return { format: a!.format, shape: [m, n] };
  },
  evaluate([a, b, bias], attributes, out, { accumulate }) {
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
  },
  // C = op(A)·op(B):  dA = dC·op(B)ᵀ,  dB = op(A)ᵀ·dC,  transposed back where op transposes;  dbias = Σ_rows dC
  vjp({ g, inputs: [a, b, bias], attributes: { transposeA: ta, transposeB: tb }, ops }) {
    const da = ta ? ops.matmul(b!, g, { transposeA: tb, transposeB: true }) : ops.matmul(g, b!, { transposeB: !tb });
    const db = tb ? ops.matmul(g, a!, { transposeA: true, transposeB: ta }) : ops.matmul(a!, g, { transposeA: !ta });
    return bias ? [da, db, ops.reduceSum(g, [0])] : [da, db];
  },
  cases: (f) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) =>
        [false, true].map((bias) => ({
          name: `${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"}${bias ? " + bias" : ""}`,
          inputs: [
            random(f, transposeA ? [65, 5] : [5, 65], "a"),
            random(f, transposeB ? [7, 65] : [65, 7], "b"),
            ...(bias ? [random(f, [7], "bias")] : []),
          ],
          attributes: { transposeA, transposeB },
        })),
      ),
    ),
  gradientCases: () =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({
        name: `${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"} + bias`,
        inputs: [
          random(F64, transposeA ? [3, 2] : [2, 3]),
          random(F64, transposeB ? [4, 3] : [3, 4]),
          random(F64, [4]),
        ],
        attributes: { transposeA, transposeB },
      })),
    ),
};

/** op(A)·op(B) + bias; A and B are matrices, op transposes where asked (default: not), bias is [N] or absent. */
export function matmul(
  a: Value,
  b: Value,
  { bias, transposeA = false, transposeB = false }: Partial<Transposes> & { readonly bias?: Value } = {},
): Value {
  return apply(matmulOp, bias ? [a, b, bias] : [a, b], { transposeA, transposeB });
}
