/**
 * The intermediate representation: a graph of values in static single assignment.
 *
 *   graph  ::= { name: value, … }                       what is computed, by name
 *   value  ::= op(value, …) {attributes} : type         immutable; holds no buffer
 *   type   ::= format[shape]                            f32[256,784], i32[256], bool[256,10], f64[]
 *   leaf   ::= input {name} | constant {value}          fed on each run | known when the graph is built
 *
 * A value is made by applying an operation to values; the operation's shape rule gives its type, when the graph is built
 * and again when it is verified.
 */
import type { ElementFormat } from "../formats";

export type Shape = readonly number[];

export interface Type {
  readonly format: ElementFormat;
  readonly shape: Shape;
}

export type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;
export type NoAttributes = Readonly<Record<never, never>>;

/** What the graph knows about an operation: its name, its shape rule, and what it is made of. Meaning and derivative are in its record, in ops/. */
export interface Operation<A extends Attributes = Attributes> {
  readonly name: string;
  /** Type of the result; throws an error that names the operation when the inputs do not fit. */
  infer(inputs: readonly Type[], attributes: A): Type;
  /** For an operation made of others: the same value by these. `graph` puts it in its place, so that no engine meets the operation. */
  expand?(inputs: readonly Value[], attributes: A): Value;
}

export interface Value extends Type {
  readonly op: Operation;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface Graph {
  readonly name: string;
  /** Every value once, operands before results. */
  readonly nodes: readonly Value[];
  /** The leaves that a run must feed, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  /** SHA-256 of the printed graph without its name: equal graphs compile once. */
  readonly hash: string;
}
