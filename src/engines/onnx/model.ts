/** Writes an ONNX graph node by node: names, constants and equal nodes (each once), types, branches. */
import { createHash } from "node:crypto";
import { type ElementFormat, formatOf, isFloat } from "../../formats";
import type { Shape, Value } from "../../ir";
import {
  type AttributeValue,
  attribute,
  dataType,
  type ElementType,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  valueInfo,
} from "./schema";

/** How a format is passed through the model: as itself, or as tensors of its carrier that hold its numbers. */
export type Carrier = Exclude<ElementType, "u8">;

/** How a provider handles formats, and which kernels it has. */
export interface Target {
  readonly carrier: (format: ElementFormat) => Carrier;
  /** Where a value is computed, by the format of its operands and its result: in a wider one than its carrier if it needs more room. */
  readonly within: (value: Value, format: ElementFormat) => Carrier;
  /** Rounds a result, held in its carrier, to the format; the identity where the carrier is the format. */
  readonly round: (model: ModelBuilder, x: string, format: ElementFormat) => string;
  /** Channels in a block of the provider's direct convolution in f32 (ONNX Runtime's NCHWc); 0 if it has none. */
  readonly convolutionBlock: number;
  /** Whether it is a GPU: starting a kernel is expensive, so one large kernel is better than several small ones, and sums are spread over threads. */
  readonly device: boolean;
  /** Whether the sums of images (three axes or more) over all axes but the last are products with ones. */
  readonly sumsByProducts: boolean;
  /** Node types for which the provider has no kernel; other nodes take their place. */
  readonly lacks: ReadonlySet<string>;
}

/** Nodes written so far, and what they compute, so that no node is written twice. */
interface Scope {
  readonly nodes: NodeProto[];
  readonly known: Map<string, string>;
}

export class ModelBuilder {
  private readonly scopes: Scope[] = [{ nodes: [], known: new Map() }];
  private readonly constants = new Map<string, TensorProto>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private count = 0;
  /** Prefix of the names of all nodes added from now on: what they belong to, for profiles. */
  label = "";

  constructor(public target: Target) {}

  /** Runs an action that adds nodes for another target. */
  withTarget<T>(target: Target, action: () => T): T {
    const own = this.target;
    this.target = target;
    try {
      return action();
    } finally {
      this.target = own;
    }
  }

  /** Adds a node with one output; returns the output's name. An equal node that already exists is used again. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    domain?: string,
  ): string {
    const key = JSON.stringify([opType, input, attributes, domain]);
    for (const { known } of this.scopes) {
      const found = known.get(key);
      if (found) return found;
    }
    const output = `%${this.count++}`;
    const attributeProtos = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    const { nodes, known } = this.scopes.at(-1)!;
    nodes.push({
      name: `${this.label} ${output}`,
      opType,
      input,
      output: [output],
      attribute: attributeProtos,
      domain,
    });
    known.set(key, output);
    return output;
  }

  /** The result of `then` or of `otherwise`, as the condition decides; only this one is computed. */
  branch(condition: string, carrier: Carrier, then: () => string, otherwise: () => string): string {
    const graph = (name: string, build: () => string) => {
      this.scopes.push({ nodes: [], known: new Map() });
      const { nodes } = this.scopes.at(-1)!;
      const result = build();
      // the result of a branch must be the result of one of its own nodes
      const output = nodes.some((node) => node.output[0] === result) ? result : this.node("Identity", [result]);
      this.scopes.pop();
      return {
        graph: { name, node: nodes, input: [], initializer: [], output: [valueInfo(output, dataType(carrier))] },
      };
    };
    return this.node("If", [condition], { then_branch: graph("then", then), else_branch: graph("else", otherwise) });
  }

  /** The same values under a new name, in the model's top level. */
  named(name: string, x: string): string {
    this.scopes[0]!.nodes.push({ opType: "Identity", input: [x], output: [name], attribute: [] });
    return name;
  }

  cast(x: string, to: ElementType): string {
    return this.node("Cast", [x], { to: dataType(to) });
  }

  /** x₀ ∘ x₁ ∘ …, by a node that takes any number of operands, or two by two if the provider has no such node. */
  fold(opType: "Sum" | "Max", terms: readonly string[]): string {
    if (!this.target.lacks.has(opType)) return terms.length === 1 ? terms[0]! : this.node(opType, terms);
    const pair = opType === "Sum" ? "Add" : opType;
    return terms.reduce((left, right) => this.node(pair, [left, right]));
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.node("Reshape", [x, this.integers(shape)]);
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.node("Transpose", [x], { perm });
  }

  /** A constant of the given shape, default a scalar. */
  constant(carrier: Carrier, values: readonly number[], dims: readonly number[] = []): string {
    const name = `=${carrier}[${dims}] ${values.map((v) => (Object.is(v, -0) ? "-0" : v)).join(" ")}`;
    return this.table(name, carrier, dims, () => values);
  }

  /** A constant filled with one number. */
  filled(carrier: Carrier, value: number, dims: readonly number[]): string {
    const length = dims.reduce((product, n) => product * n, 1);
    return this.table(`=${carrier}[${dims}] all ${value}`, carrier, dims, () => new Float64Array(length).fill(value));
  }

  /** A list of integers: axes, a shape. */
  integers(values: readonly number[]): string {
    return this.constant("i64", values, [values.length]);
  }

  /** A constant of many values, known by their hash. */
  data(carrier: Carrier, dims: readonly number[], values: ArrayLike<number>): string {
    const rawData = encode(carrier, values);
    const name = `=${carrier}[${dims}] ${createHash("sha256").update(rawData).digest("hex")}`;
    if (!this.constants.has(name)) this.constants.set(name, { name, dataType: dataType(carrier), dims, rawData });
    return name;
  }

  /** A constant with a given name, which has to determine its values. */
  table(name: string, carrier: Carrier, dims: readonly number[], values: () => ArrayLike<number>): string {
    if (!this.constants.has(name)) {
      this.constants.set(name, { name, dataType: dataType(carrier), dims, rawData: encode(carrier, values()) });
    }
    return name;
  }

  input(name: string, format: ElementFormat, shape: Shape): void {
    this.inputs.push(valueInfo(name, dataType(this.target.carrier(format)), shape));
  }

  output(name: string, format: ElementFormat, shape: Shape): void {
    this.outputs.push(valueInfo(name, dataType(this.target.carrier(format)), shape));
  }

  /** The model as ONNX protobuf. */
  encode(name: string): Uint8Array {
    const initializer = [...this.constants.values()];
    return encodeModel({ name, node: this.scopes[0]!.nodes, input: this.inputs, output: this.outputs, initializer });
  }
}

const WHOLE = {
  i32: (values: ArrayLike<number>) => Int32Array.from(values),
  i64: (values: ArrayLike<number>) => BigInt64Array.from(Array.from(values), BigInt),
  bool: (values: ArrayLike<number>) => Uint8Array.from(values),
};

/** A copy: the bytes of a model must not change when the array is written to. */
function encode(carrier: Carrier, values: ArrayLike<number>): Uint8Array {
  const bits = isFloat(carrier) ? formatOf(carrier).encoding.toBits(values) : WHOLE[carrier](values);
  return new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength).slice();
}
