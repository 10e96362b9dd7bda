/** Exported networks, loaded by a plain ONNX Runtime with its default options, beside our own evaluation. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { parse } from "protobufjs";
import { afterAll, describe, expect, it } from "vitest";
import { cpuTarget, createEngine, toOnnx } from "../../src/engines";
import { formats } from "../../src/formats";
import { graph, input, size, type Tensor, tensor } from "../../src/ir";
import { createNetwork, type Layer, type NetworkOptions, sequential, stateless } from "../../src/nn";
import { ops } from "../../src/ops";
import { sgd } from "../../src/optim";
import {
  exportOnnx,
  networkFormat,
  type OnnxExport,
  Programs,
  startState,
  stateFormat,
  type TrainingPrecision,
  weightsOf,
  writeOnnx,
} from "../../src/train";
import { stream } from "../../src/util";

const engine = createEngine();
const folder = mkdtempSync(join(tmpdir(), "nonsmooth-export-"));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await engine.dispose();
});

const optimizer = sgd({ lr: 0.1, momentum: 0.9 });
const BATCH = 3;

const cases: [string, NetworkOptions][] = [
  ["mlp", { inputShape: [6, 5, 1], classes: 10, widths: [20, 12], batchNorm: true, dropout: 0.2 }],
  ["lenet5", { inputShape: [28, 28, 1], classes: 10 }],
  ["vgg11", { inputShape: [32, 32, 3], classes: 10, widths: [16, 16, 32, 32, 32] }],
  ["vgg11", { inputShape: [32, 32, 3], classes: 10, widths: [8, 8, 16, 16, 16], batchNorm: true, activation: "relu6" }],
  ["resnet18", { inputShape: [24, 24, 3], classes: 4, widths: [16, 16, 32, 32] }],
];

/** A state with running statistics that are not those of the beginning, and images. */
function trained(network: Layer, precision: TrainingPrecision, shape: readonly number[]) {
  const { tensors } = startState(network, precision, optimizer, 5);
  const random = stream(6, "export");
  const moved = network.buffers.map(({ name, shape }) => {
    const values = Float64Array.from({ length: size(shape) }, () => random.uniformIn(0.5, 1.5));
    return [name, tensor(stateFormat(precision), values, shape)] as const;
  });
  const images = Float64Array.from({ length: BATCH * size(shape) }, () => random.normal());
  const x = tensor(networkFormat(precision), images, [BATCH, ...shape]);
  return { tensors: { ...tensors, ...Object.fromEntries(moved) }, x };
}

/** Logits in our own evaluation program. */
async function evaluated(network: Layer, precision: TrainingPrecision, tensors: Record<string, Tensor>, x: Tensor) {
  const shape = x.shape.slice(1);
  const programs = new Programs(engine, { network, precision, optimizer, kinks: [], chainRule: "multiply", shape });
  const program = await programs.evaluation(BATCH);
  const labels = tensor("i32", new Int32Array(BATCH));
  const results = await program.run({ ...weightsOf({ tensors }, network), x, labels });
  await programs.dispose();
  return results.logits!;
}

/** Logits in a session of its own, as any program would open it. */
async function loaded(model: Uint8Array | string, x: Tensor): Promise<{ logits: ort.Tensor; names: string[] }> {
  const session = await ort.InferenceSession.create(model as string);
  const type = x.format === "f64" ? "float64" : "float32";
  const { logits } = await session.run({ x: new ort.Tensor(type as "float32", x.data as Float32Array, x.shape) });
  const names = [...session.inputNames, ...session.outputNames];
  await session.release();
  return { logits: logits!, names };
}

/** Largest difference, in units of the largest logit. */
function difference(logits: ort.Tensor, { data }: Tensor): number {
  const scale = Math.max(...Array.from(data, Math.abs));
  return Math.max(...Array.from(data, (x, i) => Math.abs(x - (logits.data[i] as number)) / scale));
}

const tolerances = { f64: 1e-12, f32: 1e-5, f16: 2 * formats.f16.unitRoundoff, mixed: 2 * formats.f16.unitRoundoff };

describe.each(cases)("%s %j", (name, options) => {
  const network = createNetwork(name, options);

  it.each(["f64", "f32", "f16", "mixed"] as const)("an export in %s has our own logits", async (precision) => {
    const { tensors, x } = trained(network, precision, options.inputShape);
    const expected = await evaluated(network, precision, tensors, x);
    const bytes = exportOnnx(network, tensors, { shape: options.inputShape, batch: BATCH, precision });
    const { logits, names } = await loaded(bytes, x);
    expect(names).toEqual(["x", "logits"]);
    expect([logits.type, logits.dims]).toEqual([precision === "f64" ? "float64" : "float32", expected.shape]);
    expect(difference(logits, expected)).toBeLessThanOrEqual(tolerances[precision]);
    if (precision === "f16") for (const logit of logits.data) expect(formats.f16.round(logit as number)).toBe(logit);
  });
});

/** Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const Model = parse(`
  syntax = "proto2";
  message Entry { optional string key = 1; optional string value = 2; }
  message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; optional string domain = 7; }
  message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; }
  message Graph { repeated Node node = 1; repeated Tensor initializer = 5; }
  message Opset { optional string domain = 1; optional int64 version = 2; }
  message Model { optional string producer_name = 2; optional string doc_string = 6; optional Graph graph = 7; repeated Opset opset_import = 8; repeated Entry metadata_props = 14; }
`).root.lookupType("Model");

interface Read {
  readonly producerName: string;
  readonly docString: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: {
    readonly node: readonly { readonly domain: string }[];
    readonly initializer: readonly { readonly name: string; readonly dims: readonly number[] }[];
  };
}

const read = (bytes: Uint8Array) =>
  Model.toObject(Model.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Read;

describe("the exported file", () => {
  const [name, options] = cases[4]!;
  const network = createNetwork(name, options);
  const { tensors, x } = trained(network, "f32", options.inputShape);
  const settings: OnnxExport = { shape: options.inputShape, batch: BATCH, precision: "f32", name };

  it("the file has standard operators alone, weights under their names, and says what it is", () => {
    const model = read(exportOnnx(network, tensors, { ...settings, metadata: { dataset: "none" } }));
    expect(model.opsetImport).toEqual([{ domain: "", version: 21 }]);
    expect(model.graph.node.filter(({ domain }) => domain !== "")).toEqual([]);
    const dims = new Map(model.graph.initializer.map((stored) => [stored.name, stored.dims]));
    for (const { name, shape } of [...network.parameters, ...network.buffers]) expect(dims.get(name)).toEqual(shape);
    expect([...dims.keys()].filter((key) => key.includes("momentum"))).toEqual([]);
    expect(model.producerName).toBe("nonsmooth");
    expect(model.docString).toContain("resnet18 in evaluation mode, f32. Input x: images");
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    expect(metadata).toMatchObject({ network: "resnet18", precision: "f32", layout: "channels last", dataset: "none" });
    expect(metadata.normalisation).toContain("normalised");
  });

  it("the file is written in one step, and is the same every time", async () => {
    const path = join(folder, "resnet18.onnx");
    writeOnnx(path, network, tensors, settings);
    writeOnnx(path, network, tensors, settings);
    expect(readdirSync(folder)).toEqual(["resnet18.onnx"]);
    expect(readFileSync(path).equals(exportOnnx(network, tensors, settings))).toBe(true);
    const { logits } = await loaded(path, x);
    expect(difference(logits, await evaluated(network, "f32", tensors, x))).toBeLessThan(1e-5);
  });

  it("the exported network takes one image by default", async () => {
    const { logits } = await loaded(exportOnnx(network, tensors, { ...settings, batch: undefined }), {
      ...x,
      shape: [1, ...options.inputShape],
      data: x.data.slice(0, size(options.inputShape)),
    });
    expect(logits.dims).toEqual([1, 4]);
  });

  it("a network that hands its input on is exported with the input as its logits", async () => {
    const identity = sequential([stateless((x) => x)]);
    const bytes = exportOnnx(identity, {}, { shape: [2], precision: "f32" });
    const { logits } = await loaded(bytes, tensor("f32", [3, 4], [1, 2]));
    expect([...logits.data]).toEqual([3, 4]);
  });

  it("a missing tensor, one of another format, and a path that cannot be written are refused", () => {
    const { "fc.bias": _, ...rest } = tensors;
    expect(() => exportOnnx(network, rest, settings)).toThrow("tensors: must hold fc.bias, got [");
    expect(() => exportOnnx(network, tensors, { ...settings, precision: "f64" })).toThrow(
      /^tensor [\w.]+: must be f64\[[\d,]+\], got "f32\[[\d,]+\]"$/,
    );
    expect(() => weightsOf({ tensors: rest }, network)).toThrow("tensors: must hold fc.bias");
    expect(() => writeOnnx(join(folder, "none", "a.onnx"), network, tensors, settings)).toThrow(
      "a.onnx: must be a file that can be written, got",
    );
  });
});

it("a tensor bound to an input that the graph lacks is refused", () => {
  const y = graph({ y: ops.relu(input("x", "f32", [2])) });
  const bound = { z: tensor("f32", [1, 2]) };
  expect(() => toOnnx(y, cpuTarget(), { bound })).toThrow(
    'graph graph: bound tensors must be inputs of the graph, got "z"',
  );
});

describe("weightsOf", () => {
  it("the weights of a state leave out what belongs to the optimizer", () => {
    const network = createNetwork(...cases[0]!);
    const state = startState(network, "f32", optimizer, 1);
    const names = [...network.parameters, ...network.buffers].map(({ name }) => name);
    expect(Object.keys(weightsOf(state, network))).toEqual(names);
    expect(Object.keys(state.tensors).length).toBeGreaterThan(names.length);
  });
});
