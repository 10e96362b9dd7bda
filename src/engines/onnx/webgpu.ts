/**
 * ONNX Runtime's WebGPU provider, bundled in the npm package onnxruntime-node: any GPU through Vulkan, Metal or Direct3D 12.
 *
 * Shaders may flush subnormal numbers to zero, and WGSL asks less of a few operations than one rounding (docs/numerics.md).
 */
import type { FormatName } from "../../formats";
import { fail } from "../../util";
import { type Engine, type Latitude, ProgramCache } from "../engine";
import { type Adapter, webgpuAdapter } from "./adapter";
import { Device } from "./device";

export interface WebgpuOptions {
  /** Whether a program on the CPU that acts as a GPU will do, for tests; default: whether NONSMOOTH_SOFTWARE_GPU is 1. */
  readonly software?: boolean;
}

/** What an adapter computes in. */
export const webgpuFormats = ({ half }: Pick<Adapter, "half">): readonly FormatName[] =>
  half ? ["f16", "f32"] : ["f32"];

/**
 * f32, and f16 where the adapter has it. Tensors stay on the device as long as they are held.
 * @throws NonsmoothError where there is no adapter, or a software adapter that was not asked for
 */
export function onnxWebgpuEngine(options: WebgpuOptions = {}): Engine & { readonly adapter: Adapter } {
  const { software = process.env.NONSMOOTH_SOFTWARE_GPU === "1" } = options;
  const adapter = webgpuAdapter();
  if (adapter.software && !software) {
    const hint = "NONSMOOTH_SOFTWARE_GPU=1 takes it, for tests; onnx-cpu is faster";
    fail("onnx-webgpu", "adapter must be a GPU", describe(adapter), hint);
  }
  const formats = webgpuFormats(adapter);
  const device = new Device(formats);
  const cache = new ProgramCache((graph) => device.compile(graph));
  return {
    id: "onnx-webgpu",
    formats,
    adapter,
    settings: {
      adapter: describe(adapter),
      maxBufferSize: adapter.maxBufferSize,
      maxBindingSize: adapter.maxBindingSize,
    },
    memory: "device",
    sharedDevice: true,
    largestTensor: Math.min(adapter.maxBufferSize, adapter.maxBindingSize),
    latitude: LATITUDE,
    compile: (graph) => cache.get(graph),
    hold: (tensor) => device.hold(tensor),
    async dispose() {
      await cache.dispose();
      await device.dispose();
    },
  };
}

/** What WGSL asks of f32 (https://www.w3.org/TR/WGSL/#concrete-float-accuracy); sqrt is 1 / inverseSqrt there. */
const LATITUDE: Latitude = {
  flushesSubnormals: true,
  losesZeroSigns: true,
  ulps: { div: () => 2.5, sqrt: () => 5, exp: (x) => 3 + 2 * Math.abs(x), log: () => 3 },
  absolute: { log: 2 ** -21 },
  finiteOnly: ["exp", "log", "logSoftmax"],
};

const describe = ({ name, driver }: Adapter) => `${name}, ${driver}`;
