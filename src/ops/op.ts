import type { Format } from "../formats";
import type { Attributes, NoAttributes, Operation, Tensor, Type, Value } from "../ir";
import type { Builders } from "./index";

/** The record of an operation: its shape rule, its meaning, its derivative, where it has kinks, and how it is tested. */
export interface Op<A extends Attributes = NoAttributes> extends Operation<A> {
  /** The formula, in words for readers of `nonsmooth list`. */
  readonly summary: string;
  /**
   * Whether the result has to be rounded: false if every possible result is already a number of the format
   * (a choice, a change of sign, a change of shape).
   */
  readonly rounds: boolean;
  /** Only for a contraction: the number of multiplications, each with an addition; padding is counted. */
  products?(inputs: readonly Type[], attributes: A, result: Type): number;
  /** Whether the result depends on which of two numbers is larger; default false. */
  readonly compares?: boolean;
  /** How far two correct engines may differ. */
  readonly agreement: Agreement<A>;
  /**
   * The definition, in plain loops: reads the operands and writes the result into `out`, not yet rounded to the format.
   * `accumulate` rounds a running sum to the accumulator's format after each term.
   */
  evaluate(inputs: readonly Tensor[], attributes: A, out: Float64Array, context: Evaluation): void;
  /** Gradients with respect to the inputs, as graph nodes; absent if `pieces` gives them, or if there are none. */
  vjp?(context: VjpContext<A>): readonly (Value | undefined)[];
  /** For a function of one variable that is smooth but for its kinks, instead of `vjp`: where these are, and its slopes between them. */
  pieces?(attributes: A): Pieces;
  /** For an operation that is not such a function: what its `vjp` has to be told, by `valueAt`. */
  readonly conventions?: readonly JointKink<A>[];
  /**
   * The operation in many networks at once: the result with the replica axis in front, [R, ...]; at least one operand has this axis.
   * Absent if the operation has no such form.
   */
  replicate?(context: ReplicaContext<A>): Value;
  /** Operands for the conformance suite: ordinary ones, and −0, subnormals, infinities, NaN and the kinks themselves. */
  cases(format: Format): readonly Case<A>[];
  /** Moderate f64 operands, kinks included, at which the gradient is checked by difference quotients. */
  gradientCases?(): readonly Case<A>[];
}

export interface Evaluation {
  /** Type of the result. */
  readonly type: Type;
  /** Rounds to the format in which sums are accumulated: f64 for f64, f32 for everything narrower. */
  readonly accumulate: (x: number) => number;
}

export interface VjpContext<A extends Attributes> {
  /** Gradient of the scalar with respect to this operation's result; has the result's shape. */
  readonly g: Value;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attributes: A;
  /** The value at one of the operation's conventions, a scalar of the operands' format. */
  readonly valueAt: (convention: string) => Value;
  /** Every operation, as functions on values. */
  readonly ops: Builders;
}

export interface ReplicaContext<A extends Attributes> {
  /** The operation itself. */
  readonly op: Operation<A>;
  /** R, the number of networks. */
  readonly replicas: number;
  /** [R, ...] if they differ by network; as in a single network if they are shared. */
  readonly inputs: readonly Value[];
  /** Which operands differ by network. */
  readonly replicated: readonly boolean[];
  readonly attributes: A;
  /** Type of the result in a single network. */
  readonly type: Type;
  /** Every operation, as functions on values. */
  readonly ops: Builders;
}

export type Agreement<A extends Attributes = NoAttributes> =
  /** The same bits on every engine (NaN by kind). */
  | { readonly kind: "bitwise" }
  /** The same numbers; zeros may differ in sign (ONNX Runtime's Where adds its two branches, so −0 becomes 0). */
  | { readonly kind: "equal" }
  /** A sum of `terms` terms: within the error of any order of summation, plus the one rounding of the result. */
  | { readonly kind: "sum"; terms(inputs: readonly Type[], attributes: A): number }
  /** Within `ulps` units in the last place of the result, plus `absolute` unit roundoffs of the accumulator. */
  | { readonly kind: "approximate"; readonly ulps: number; readonly absolute: number };

/** A kink: backpropagation needs a value where there is no derivative. */
export interface Convention {
  /** Unique within the operation: "zero", "six", "tie". */
  readonly name: string;
  /** The value unless another is asked for, and who takes it. */
  readonly default: number;
  readonly source: string;
}

/** A kink of a function of one variable; its value stands for the derivative there. */
export interface Kink extends Convention {
  /** Where it is. */
  readonly at: number;
}

/** A kink of a function of several variables: a tie of maxima. Its value says how they share the gradient. */
export interface JointKink<A extends Attributes = NoAttributes> extends Convention {
  /** Where it is hit, as graph nodes: bool, a truth for each place at which `vjp` needs the value. */
  hits(context: Pick<VjpContext<A>, "inputs" | "output" | "attributes" | "ops">): Value;
}

/** f' = slopes[0] below kinks[0], slopes[i] between kinks[i−1] and kinks[i], …: one slope more than kinks. */
export interface Pieces {
  readonly kinks: readonly Kink[];
  readonly slopes: readonly Slope[];
}

/** f' on a piece: a number where f is linear, otherwise a function of the operand. */
export type Slope = number | VaryingSlope;

export interface VaryingSlope {
  /** In exact arithmetic. */
  at(z: number): number;
  /** As graph nodes. */
  of(z: Value, ops: Builders): Value;
}

export const slopeAt = (slope: Slope, z: number): number => (typeof slope === "number" ? slope : slope.at(z));

export interface Case<A extends Attributes = NoAttributes> {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
}
