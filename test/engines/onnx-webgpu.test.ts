/** What is particular to WebGPU: where nodes and tensors are, which adapter is taken, and what is said when something fails. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createEngine, type Held, toOnnx } from "../../src/engines";
import { deviceError, isDeviceError } from "../../src/engines/device-error";
import { TOGGLE, webgpuAdapter } from "../../src/engines/onnx/adapter";
import { DeviceSession } from "../../src/engines/onnx/device-session";
import { webgpuTarget } from "../../src/engines/onnx/targets";
import { type Graph, graph, input, tensor } from "../../src/ir";
import { createNetwork } from "../../src/nn";
import { ops } from "../../src/ops";
import { adam } from "../../src/optim";
import { Programs, startState } from "../../src/train";
import { projectRoot } from "../../src/util";
import { enginesIn } from "../helpers/engines";

const available = enginesIn("f32").some(({ id }) => id === "onnx-webgpu");
const folder = mkdtempSync(join(tmpdir(), "nonsmooth-webgpu-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A session in a process of its own, whose log says where each node is. */
const LOG = `
const { InferenceSession } = require("onnxruntime-node");
InferenceSession.create(process.argv[1], { executionProviders: ["webgpu"], graphOptimizationLevel: "disabled", logSeverityLevel: 0 });
`;

function placement(model: Uint8Array): string[] {
  const path = join(folder, "model.onnx");
  writeFileSync(path, model);
  const { stderr } = spawnSync(process.execPath, ["--eval", LOG, path], { cwd: projectRoot, encoding: "utf8" });
  return stderr
    .split("\n")
    .flatMap((line) => line.match(/(All nodes|Node\(s\)) placed on .*|MemcpyTransformer modified: .*/)?.[0] ?? []);
}

async function stepOf(batchNorm: boolean): Promise<{ programs: Programs; step: Graph }> {
  const engine = createEngine("onnx-webgpu");
  const network = createNetwork("vgg11", { inputShape: [32, 32, 3], classes: 10, batchNorm, widths: [4, 4, 4, 4, 4] });
  const programs = new Programs(engine, {
    network,
    precision: "f32",
    optimizer: adam({ lr: 0.01 }),
    kinks: ["relu.zero", "maxPool.tie"],
    chainRule: "overwrite",
    shape: [32, 32, 3],
    observe: (loss) => ({ zero: ops.equal(loss, ops.constant("f32", 0)) }),
  });
  return { programs, step: (await programs.step(3, 12)).graph };
}

describe.skipIf(!available)("on WebGPU", () => {
  it.each([false, true])("a training step has every node on the device (batch-norm: %s)", async (batchNorm) => {
    const { programs, step } = await stepOf(batchNorm);
    const placed = placement(toOnnx(step, webgpuTarget).bytes);
    expect(placed.join("\n")).toMatch(
      /^MemcpyTransformer modified: 0 .*\nAll nodes placed on \[WebGpuExecutionProvider\]\. Number of nodes: \d{3,}$/,
    );
    await programs.dispose();
  });

  it("a node without a kernel is an error, not a detour through the host", async () => {
    const { bytes } = toOnnx(graph({ y: ops.logSoftmax(input("x", "f32", [2, 3])) }), {
      ...webgpuTarget,
      lacks: new Set(),
    });
    expect(placement(bytes).join("\n")).toContain("CPUExecutionProvider");
    const created = DeviceSession.create(await import("onnxruntime-node"), "y", bytes, new Map());
    await expect(created).rejects.toThrow("graph y on onnx-webgpu: must have a kernel for every node");
  });

  it("tensors that a step keeps stay in the device's memory", async () => {
    const engine = createEngine("onnx-webgpu");
    const network = createNetwork("mlp", { inputShape: [2, 2, 1], classes: 3, widths: [4], batchNorm: true });
    const optimizer = adam({ lr: 0.01 });
    const programs = new Programs(engine, {
      network,
      precision: "f32",
      optimizer,
      kinks: [],
      chainRule: "multiply",
      shape: [2, 2, 1],
    });
    const { tensors } = startState(network, "f32", optimizer, 1);
    const program = await programs.step(2);
    const held: Record<string, Held> = {};
    for (const [name, value] of Object.entries(tensors)) held[name] = await engine.hold(value);
    const scalars = [...program.graph.inputs].filter(([, { shape }]) => shape.length === 0);
    const feeds = { ...held, x: tensor("f32", [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]), labels: tensor("i32", [0, 1]) };
    const fed = { ...feeds, ...Object.fromEntries(scalars.map(([name]) => [name, tensor("f32", 0.01)])) };
    const { held: next, results } = await program.runHolding(fed, Object.keys(held));
    expect(Object.keys(results)).toEqual(["loss"]);
    for (const kept of Object.values(next) as (Held & { buffer: { ort: { location: string } } })[])
      expect(kept.buffer.ort.location).toBe("gpu-buffer");
    next["fc1.weight"]!.dispose();
    await expect(program.run({ ...fed, ...next })).rejects.toThrow(
      'held tensor: must not be used after it was disposed of, got "f32[4,4]"',
    );
    await engine.dispose();
  });

  it("a session that could not be made is made again, and one session holds several tensors", async () => {
    const engine = createEngine("onnx-webgpu");
    const x = tensor("f32", [1, 2]);
    const program = await engine.compile(graph({ y: ops.exp(input("x", "f32", [2])) }));
    const create = vi.spyOn(DeviceSession, "create");
    create.mockRejectedValueOnce(new Error("out of memory"));
    await expect(program.runHolding({ x }, ["y"])).rejects.toThrow("out of memory");
    const { held } = await program.runHolding({ x }, ["y"]);
    expect(await held.y!.read()).toMatchObject({ shape: [2] });
    create.mockClear();
    const several = await Promise.all(["i32", "i32", "i32"].map(() => engine.hold(tensor("i32", [1, 2]))));
    expect(several).toHaveLength(3);
    expect(create).toHaveBeenCalledTimes(1);
    create.mockRestore();
    await engine.dispose();
  });

  it("a held tensor and a program can be disposed of while a run is under way", async () => {
    const engine = createEngine("onnx-webgpu");
    const x = await engine.hold(tensor("f32", [1, 2]));
    const program = await engine.compile(graph({ y: ops.neg(input("x", "f32", [2])) }));
    const run = program.run({ x });
    x.dispose();
    const disposed = program.dispose();
    expect([...(await run).y!.data]).toEqual([-1, -2]);
    await disposed;
    await engine.dispose();
  });

  it("the engine records its adapter, and refuses a software adapter that was not asked for", () => {
    const engine = createEngine("onnx-webgpu") as ReturnType<typeof createEngine> & {
      adapter: Record<string, unknown>;
    };
    expect(engine.settings.adapter).toContain(engine.adapter.driver);
    expect(engine.adapter.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
    if (engine.adapter.software)
      expect(() => createEngine("onnx-webgpu", { software: false })).toThrow(
        "onnx-webgpu: adapter must be a GPU, got ",
      );
  });

  it("a format that WebGPU does not have is refused, with an engine that has it", async () => {
    const engine = createEngine("onnx-webgpu");
    const y = ops.neg(input("x", "f64", [2]));
    await expect(engine.compile(graph({ y }))).rejects.toThrow(
      /onnx-webgpu: computes in (f16 and )?f32, got "f64\[2\]"\nHint: WebGPU has no f64; onnx-cpu computes in every format$/,
    );
  });

  it("a graph that needs too much memory is an error, and the next graph runs", async () => {
    const engine = createEngine("onnx-webgpu");
    const x = input("x", "f32", [1]);
    const large = await engine.compile(graph({ y: ops.reduceSum(ops.exp(ops.broadcast(x, [2 ** 29]))) }, "large"));
    await expect(large.run({ x: tensor("f32", [0]) })).rejects.toThrow(
      /graph large on onnx-webgpu: must have enough memory, got .*\nHint: .*run the same command again/,
    );
    const small = await engine.compile(graph({ y: ops.exp(x) }));
    expect((await small.run({ x: tensor("f32", [0]) })).y!.data[0]).toBe(1);
    await engine.dispose();
  });
});

describe("the question for an adapter", () => {
  // Dawn ignores names that it does not know
  it("Dawn knows the name of the feature that shows f16 on NVIDIA's GPUs", () => {
    const platform = process.platform === "darwin" ? "darwin-universal" : `${process.platform}-${process.arch}`;
    const dawn = readFileSync(join(projectRoot, "node_modules", "webgpu", "dist", platform, "dawn.node"));
    expect(dawn.includes(`${TOGGLE}\0`)).toBe(true);
    expect(dawn.includes("no_such_feature\0")).toBe(false);
  });

  it.skipIf(!available)("asking for that feature finds the same adapter, with f16 only where it has it", () => {
    const script = `import("webgpu").then(async ({ create }) => {
      const { info, features } = await create([]).requestAdapter({ powerPreference: "high-performance" });
      process.stdout.write(JSON.stringify([info.device, info.vendor, features.has("shader-f16")]), () => process.exit(0));
    });`;
    const { stdout } = spawnSync(process.execPath, ["--eval", script], { cwd: projectRoot, encoding: "utf8" });
    const [name, vendor, half] = JSON.parse(stdout);
    const found = webgpuAdapter();
    expect(found).toMatchObject({ name, vendor });
    if (vendor !== "nvidia") expect(found.half).toBe(half);
  });
});

describe("a failure of the device", () => {
  it.each([
    ["WebGPU device lost (2): Device was destroyed.", "must keep its device", "the driver has reset the GPU"],
    ["vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY", "must have enough memory", "the same command"],
    ["CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0", "must have enough memory", "the same command"],
    ["std::bad_alloc", "must have enough memory", "the same command"],
    [
      "Program Add requires f16 but the device does not support it.",
      "must have a kernel for every node",
      "nonsmooth doctor shows",
    ],
    ["Failed to get a WebGPU adapter: No supported adapters", "needs a GPU adapter", "install the GPU's driver"],
    [
      "/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:2251 onnxruntime::Provider& Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory",
      "must load its libraries and find its device",
      "nonsmooth doctor shows",
    ],
  ])("a failure of the device is one clear error with the whole reason: %s", (said, rule, hint) => {
    const error = deviceError("graph g on onnx-webgpu", new Error(said));
    expect(isDeviceError(error)).toBe(true);
    const [first, second] = error.message.split("\nHint: ");
    expect(first).toContain(`graph g on onnx-webgpu: ${rule}, got "`);
    expect(first).toContain(said.slice(-40));
    expect(second).toContain(hint);
  });

  it("an unknown failure keeps what was said", () => {
    const error = deviceError("graph g", new Error("Non-zero status code. Name:'1 add' Status Message: surprise"));
    expect(error.message).toBe('graph g: must run, got "surprise"');
    expect(isDeviceError(error)).toBe(false);
  });

  it("a missing adapter is an error with the hint to install a driver", () => {
    const script = `require(${JSON.stringify(join(projectRoot, "dist"))}).createEngine("onnx-webgpu")`;
    const env = { ...process.env, VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
    const { stderr, status } = spawnSync(process.execPath, ["--eval", script], { encoding: "utf8", env });
    expect(status).not.toBe(0);
    expect(stderr).toContain("onnx-webgpu: needs a GPU adapter, got ");
    expect(stderr).toContain("Hint: install the GPU's driver with Vulkan support");
  });
});
