/** Building blocks of the lowerings for TensorFlow.js. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../ir";
import type { Backend, Tf } from "./package";

/** What a lowering can use when the graph is compiled. */
export interface Model {
  readonly tf: Tf;
  readonly backend: Backend;
  /** A scalar in f32, one for each number; it lives as long as the program. */
  number(x: number): TfTensor;
  /** Ones, in f32; they live as long as the program. */
  ones(shape: Shape): TfTensor;
}

/** Computes a value from its operands; intermediate tensors are freed afterwards. */
export type Run = (operands: readonly TfTensor[]) => TfTensor;
