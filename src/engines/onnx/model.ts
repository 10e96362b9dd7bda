/** Writes an ONNX graph node by node: names, constants (each once) and types. */
import type { ElementFormat } from "../../formats";
import type { Shape } from "../../ir";
import {
  type AttributeValue,
  attribute,
  DATA_TYPE,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  valueInfo,
} from "./schema";

/** How a format travels through the model: a narrow float as f32 tensors that hold its numbers. */
export type Carrier = "f32" | "f64" | "i32" | "i64" | "bool";

export class ModelBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly constants = new Map<string, TensorProto>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];

  constructor(readonly carrier: (format: ElementFormat) => Carrier) {}

  /** Adds a node with one output; returns the output's name. */
  node(opType: string, input: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const output = `%${this.nodes.length}`;
    const attributeProtos = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    this.nodes.push({ opType, input, output: [output], attribute: attributeProtos });
    return output;
  }

  cast(x: string, to: keyof typeof DATA_TYPE): string {
    return this.node("Cast", [x], { to: DATA_TYPE[to] });
  }

  /** A constant of the given shape, default a scalar. */
  constant(carrier: Carrier, values: readonly number[], dims: readonly number[] = []): string {
    const name = `=${carrier}[${dims}] ${values.map((v) => (Object.is(v, -0) ? "-0" : v)).join(" ")}`;
    if (!this.constants.has(name)) {
      this.constants.set(name, { name, dataType: DATA_TYPE[carrier], dims, rawData: encode(carrier, values) });
    }
    return name;
  }

  /** A list of integers: axes, a shape. */
  integers(values: readonly number[]): string {
    return this.constant("i64", values, [values.length]);
  }

  input(name: string, format: ElementFormat, shape: Shape): void {
    this.inputs.push(valueInfo(name, DATA_TYPE[this.carrier(format)], shape));
  }

  output(name: string, format: ElementFormat, shape: Shape): void {
    this.outputs.push(valueInfo(name, DATA_TYPE[this.carrier(format)], shape));
  }

  /** The model as ONNX protobuf. */
  encode(name: string): Uint8Array {
    const initializer = [...this.constants.values()];
    return encodeModel({ name, node: this.nodes, input: this.inputs, output: this.outputs, initializer });
  }
}

function encode(carrier: Carrier, values: readonly number[]): Uint8Array {
  const typed =
    carrier === "f64"
      ? Float64Array.from(values)
      : carrier === "f32"
        ? Float32Array.from(values)
        : carrier === "i32"
          ? Int32Array.from(values)
          : carrier === "i64"
            ? BigInt64Array.from(values, BigInt)
            : Uint8Array.from(values);
  return new Uint8Array(typed.buffer);
}
