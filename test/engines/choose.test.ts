/** Which engine `auto` is, on machines of all kinds. */
import { describe, expect, it } from "vitest";
import { type Adapter, chooseEngine, createEngine, type Machine } from "../../src/engines";
import type { CudaDevice } from "../../src/engines/cuda/describe";
import { supporting } from "../../src/engines/engine";
import { type FormatName, formatNames } from "../../src/formats";
import { NonsmoothError } from "../../src/util";

const ADAPTER: Adapter = {
  name: "Radeon",
  vendor: "amd",
  architecture: "rdna-3",
  driver: "radv",
  software: false,
  half: true,
  maxBufferSize: 2 ** 32,
  maxBindingSize: 2 ** 31,
};
const GPU = "NVIDIA H200";
const CUDA: CudaDevice = { name: GPU, ...supporting(() => true) };
const BROKEN = new NonsmoothError("cuda", "needs NVRTC of CUDA 12 or 13", { got: "none" });
const NONE = new NonsmoothError("onnx-webgpu", "needs a GPU adapter");

const machine = ({
  adapter = ADAPTER,
  cuda,
  platform = "linux-x64",
}: {
  platform?: string;
  cuda?: CudaDevice | NonsmoothError;
  adapter?: Adapter | NonsmoothError;
} = {}): Machine => ({ platform, cuda: () => cuda, adapter: () => adapter });

const choose = (formats: readonly FormatName[], of: Parameters<typeof machine>[0]) =>
  Object.values(chooseEngine(formats, [], machine(of))).join(", ");

describe("auto", () => {
  it("auto is CUDA where there is a device, in every precision", () => {
    for (const format of formatNames) {
      expect(choose([format], { cuda: CUDA })).toBe(`cuda, since it finds ${GPU}`);
      expect(choose([format], { cuda: CUDA, adapter: NONE })).toBe(`cuda, since it finds ${GPU}`);
    }
  });

  it("auto is not CUDA on a device without one of the precisions", () => {
    const old = { name: "Quadro", ...supporting((format) => ["f16", "f32", "f64"].includes(format)) };
    expect(choose(["f32"], { cuda: old, adapter: NONE })).toBe("cuda, since it finds Quadro");
    expect(choose(["f32", "bf16"], { cuda: old, adapter: NONE })).toBe(
      "onnx-cpu, since CUDA on Quadro has no bf16, and WebGPU finds no GPU",
    );
  });

  it("auto is the CPU where CUDA does not work, with the reason", () => {
    expect(choose(["f32"], { cuda: BROKEN, adapter: NONE })).toBe(
      'onnx-cpu, since CUDA needs NVRTC of CUDA 12 or 13, got "none", and WebGPU finds no GPU',
    );
  });

  it("auto does not use an NVIDIA GPU through WebGPU, whether CUDA works or not", () => {
    const adapter = { ...ADAPTER, name: GPU, vendor: "nvidia" };
    const webgpu = `WebGPU on ${GPU} is less exact and slower than the CPU`;
    expect(choose(["f32"], { adapter })).toBe(`onnx-cpu, since ${webgpu}`);
    expect(choose(["f32"], { adapter, cuda: BROKEN })).toBe(
      `onnx-cpu, since CUDA needs NVRTC of CUDA 12 or 13, got "none", and ${webgpu}`,
    );
    expect(choose(["f32"], { adapter, cuda: CUDA })).toBe(`cuda, since it finds ${GPU}`);
  });

  it("auto uses another vendor's GPU beside a CUDA that does not work", () => {
    expect(choose(["f32"], { cuda: BROKEN })).toBe("onnx-webgpu, since it finds Radeon");
  });

  it("auto is WebGPU where the adapter has all of the precisions", () => {
    expect(choose(["f16", "f32"], {})).toBe("onnx-webgpu, since it finds Radeon");
    expect(choose(["f32"], { adapter: { ...ADAPTER, half: false } })).toBe("onnx-webgpu, since it finds Radeon");
    expect(choose(["f32", "f16"], { adapter: { ...ADAPTER, half: false } })).toBe(
      "onnx-cpu, since WebGPU on Radeon has no f16",
    );
    expect(choose(["f16", "f32", "f64"], { adapter: { ...ADAPTER, half: false } })).toBe(
      "onnx-cpu, since WebGPU on Radeon has no f16 and no f64",
    );
  });

  it("auto is the CPU where there is no GPU, or only a program that acts as one", () => {
    expect(choose(["f32"], { adapter: NONE })).toBe("onnx-cpu, since WebGPU finds no GPU");
    expect(choose(["f32"], { adapter: { ...ADAPTER, software: true } })).toBe(
      "onnx-cpu, since WebGPU's Radeon is a program on the CPU",
    );
    expect(choose(["f32"], { platform: "linux-arm64" })).toBe(
      "onnx-cpu, since ONNX Runtime has no WebGPU on linux-arm64",
    );
  });

  it("auto is not an engine that is left out", () => {
    const without = (ids: string[], of: Parameters<typeof machine>[0]) =>
      Object.values(chooseEngine(["f32"], ids, machine(of))).join(", ");
    expect(without(["cuda"], { cuda: CUDA })).toBe("onnx-webgpu, since it finds Radeon");
    expect(without(["onnx-webgpu"], {})).toBe("onnx-cpu, since onnx-webgpu is left out");
    expect(() => chooseEngine(["f32"], ["webgpu"])).toThrow("engine: must be one of onnx-cpu, cuda, onnx-webgpu");
  });

  it("auto needs the names of formats", () => {
    expect(() => chooseEngine(["fp64" as FormatName])).toThrow(/^format: must be .*, got "fp64"/);
  });

  it("auto on this machine computes in the formats that it was chosen for", async () => {
    const formats = ["f16", "f32", "f64"] as const;
    const engine = createEngine("auto", { formats });
    expect(engine.id).toBe(chooseEngine(formats).id);
    expect(engine.formats).toEqual(expect.arrayContaining([...formats]));
    await engine.dispose();
  });
});
