/** Which engine `auto` is, on machines of all kinds. */
import { describe, expect, it } from "vitest";
import { type Adapter, chooseEngine, createEngine, type Machine } from "../../src/engines";
import type { FormatName } from "../../src/formats";
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
const NVIDIA = "NVIDIA H200, driver 550.54.15";
const NONE = new NonsmoothError("onnx-webgpu", "needs a GPU adapter");

const machine = ({
  adapter = ADAPTER,
  ...more
}: {
  platform?: string;
  cuda?: boolean;
  nvidia?: string;
  adapter?: Adapter | NonsmoothError;
} = {}): Machine => ({
  platform: "linux-x64",
  cuda: false,
  nvidia: undefined,
  ...more,
  adapter: () => adapter,
});

const choose = (formats: readonly FormatName[], of: Parameters<typeof machine>[0]) =>
  Object.values(chooseEngine(formats, machine(of))).join(", ");

describe("auto", () => {
  it("auto is CUDA where it is installed and a device is there, in every precision", () => {
    const chosen = `onnx-cuda, since there is ${NVIDIA}`;
    for (const format of ["f16", "f32", "f64"] as const) {
      expect(choose([format], { cuda: true, nvidia: NVIDIA })).toBe(chosen);
      expect(choose([format], { cuda: true, nvidia: NVIDIA, adapter: NONE })).toBe(chosen);
    }
  });

  it("auto is not CUDA without a device or without its provider", () => {
    expect(choose(["f32"], { cuda: true })).toBe("onnx-webgpu, since there is Radeon");
    expect(choose(["f32"], { nvidia: NVIDIA })).toBe("onnx-webgpu, since there is Radeon");
    expect(choose(["f64"], { nvidia: NVIDIA })).toBe(
      `onnx-cpu, since CUDA for ${NVIDIA} is not installed, and WebGPU on Radeon has no f64`,
    );
  });

  it("auto is WebGPU where the adapter has all of the precisions", () => {
    expect(choose(["f16", "f32"], {})).toBe("onnx-webgpu, since there is Radeon");
    expect(choose(["f32"], { adapter: { ...ADAPTER, half: false } })).toBe("onnx-webgpu, since there is Radeon");
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

  it("auto on this machine computes in the formats that it was chosen for", async () => {
    const formats = ["f16", "f32", "f64"] as const;
    const engine = createEngine("auto", { formats });
    expect(engine.id).toBe(chooseEngine(formats).id);
    expect(engine.formats).toEqual(expect.arrayContaining([...formats]));
    await engine.dispose();
  });
});
