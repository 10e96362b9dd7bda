/** The part of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that a model built in memory needs. */
import { parse, type Type } from "protobufjs";
import { type FormatName, formatOf, isFloat } from "../../formats";

const PROTO = `
syntax = "proto2";
package onnx;
message ModelProto { optional int64 ir_version = 1; optional string producer_name = 2; optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8; }
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5; optional string doc_string = 10; repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12; }
message NodeProto { repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4; repeated AttributeProto attribute = 5; optional string domain = 7; }
message AttributeProto { optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4; optional TensorProto t = 5; optional GraphProto g = 6; repeated float floats = 7; repeated int64 ints = 8; optional int32 type = 20; }
message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message TypeProto { message Tensor { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; } optional Tensor tensor_type = 1; }
message TensorShapeProto { message Dimension { optional int64 dim_value = 1; } repeated Dimension dim = 1; }
`;

const OTHER_TYPES = { u8: 2, i32: 6, i64: 7, bool: 9 } as const;

/** What a tensor of a model can hold. */
export type ElementType = FormatName | keyof typeof OTHER_TYPES;

/** Its number of TensorProto.DataType. */
export const dataType = (type: ElementType): number =>
  isFloat(type) ? formatOf(type).encoding.onnx.type : OTHER_TYPES[type];

/** Numbers of AttributeProto.AttributeType. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7 } as const;

export interface NodeProto {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Unique, or absent. */
  readonly name?: string;
  readonly attribute: readonly object[];
  readonly domain?: string;
}

export interface TensorProto {
  readonly name: string;
  readonly dataType: number;
  readonly dims: readonly number[];
  readonly rawData: Uint8Array;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: { readonly tensorType: { readonly elemType: number; readonly shape?: { readonly dim: object[] } } };
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly initializer: readonly TensorProto[];
}

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: GraphProto };

/** An attribute of a node: integers, lists of integers, strings; floats and graphs are wrapped. */
export function attribute(name: string, value: AttributeValue): object {
  if (typeof value === "string") return { name, type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) };
  if (typeof value === "number") return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if ("float" in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  if ("graph" in value) return { name, type: ATTRIBUTE_TYPE.graph, g: value.graph };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

/** A name and its type; without a shape, the shape is inferred. */
export function valueInfo(name: string, elemType: number, shape?: readonly number[]): ValueInfoProto {
  const dimensions = shape && { shape: { dim: shape.map((dimValue) => ({ dimValue })) } };
  return { name, type: { tensorType: { elemType, ...dimensions } } };
}

let modelType: Type | undefined;

/** Encodes a model; opset 21 is the newest that every execution provider of ONNX Runtime 1.30 implements. */
export function encodeModel(graph: GraphProto, opset = 21, irVersion = 10): Uint8Array {
  modelType ??= parse(PROTO).root.lookupType("onnx.ModelProto");
  const domains = new Set(graph.node.map((node) => node.domain ?? "").filter((domain) => domain !== ""));
  const opsetImport = [{ domain: "", version: opset }, ...[...domains].map((domain) => ({ domain, version: 1 }))];
  const model = { irVersion, producerName: "nonsmooth", graph, opsetImport };
  return modelType.encode(modelType.fromObject(model)).finish();
}
