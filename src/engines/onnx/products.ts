/** Products of matrices and of stacks of matrices. */
import type { Value } from "../../ir";
import type { AttributesOf } from "../../ops";
import type { ModelBuilder } from "./model";
import { oneByOne } from "./stacks";

type Transposes = AttributesOf<"matmul">;

/** The bias comes after the whole sum, as in the definition: on the CPU Gemm would begin the sum with it. */
export function matmul(model: ModelBuilder, inputs: readonly string[], attributes: Transposes, value: Value): string {
  const [a, b, bias] = inputs as [string, string, string?];
  const stacked = value.shape.length === 3;
  const product = stacked ? stack(model, [a, b], attributes, value) : gemm(model, [a, b], attributes);
  if (bias === undefined) return product;
  const [replicas, columns] = value.inputs[2]!.shape;
  const rows = columns === undefined ? bias : model.reshape(bias, [replicas!, 1, columns]);
  return model.node("Add", [product, rows]);
}

function gemm(model: ModelBuilder, [a, ...others]: readonly string[], { transposeA, transposeB }: Transposes): string {
  // transposing first is cheaper than a product that reads A against its rows
  const rows = transposeA ? model.transpose(a!, [1, 0]) : a!;
  return model.node("Gemm", [rows, ...others], { transB: Number(transposeB) });
}

/** [R, M, N]: MatMul gives each product the same bits as Gemm gives a single one. */
function stack(model: ModelBuilder, operands: readonly [string, string], attributes: Transposes, value: Value): string {
  const [, rows, columns] = value.shape;
  // but not with a single row or column: on the CPU those have special kernels, and Gemm and MatMul choose differently
  if (!model.target.device && (rows === 1 || columns === 1))
    return oneByOne(model, operands, value, [2, 2], (own) => gemm(model, own, attributes));
  const turned = [attributes.transposeA, attributes.transposeB].map((transposed, i) => {
    const isStack = value.inputs[i]!.shape.length === 3;
    return transposed ? model.transpose(operands[i]!, isStack ? [0, 2, 1] : [1, 0]) : operands[i]!;
  });
  return model.node("MatMul", turned);
}
