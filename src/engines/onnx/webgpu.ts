/**
 * ONNX Runtime's WebGPU provider, bundled in the npm package onnxruntime-node: any GPU through Vulkan, Metal or Direct3D 12.
 *
 * Shaders may flush subnormal numbers to zero, and WGSL allows more than one rounding in a few operations (docs/numerics.md).
 */
import type { FormatName } from "../../formats";
import { NonsmoothError } from "../../util";
import { type Engine, type Latitude, ProgramCache, type Supported, supporting } from "../engine";
import type { Machine } from "../machine";
import type { Description, EngineRecord, Suitability } from "../record";
import { type Adapter, webgpuAdapter } from "./adapter";
import { Device } from "./device";

export interface WebgpuOptions {
  /** Whether a program on the CPU that acts as a GPU may be used, for tests; default: whether NONSMOOTH_SOFTWARE_GPU is 1. */
  readonly software?: boolean;
}

/** The formats of an adapter. */
export const webgpuFormats = ({ half }: Pick<Adapter, "half">): Supported =>
  supporting((format) => format === "f32" || (half && format === "f16"));

export const onnxWebgpu: EngineRecord = {
  id: "onnx-webgpu",
  summary: "ONNX Runtime on a GPU with WebGPU: f32, and f16 if the GPU supports it",
  ...webgpuFormats({ half: true }),
  describe: (options) => description(takenAdapter(options)),
  create: onnxWebgpuEngine,
  suits,
  device: () => adapterWords(webgpuAdapter()),
  missing: ({ code }) =>
    code === "software-gpu"
      ? {
          detail: `${adapterWords(webgpuAdapter())}: this is a program on the CPU, and was not used`,
          remedy: "NONSMOOTH_SOFTWARE_GPU=1 npx nonsmooth doctor (for tests; onnx-cpu is faster)",
        }
      : undefined,
};

/** ONNX Runtime's npm package has WebGPU on all of its platforms except this one. */
const WITHOUT_WEBGPU = "linux-arm64";

/** Measured on an H200: docs/numerics.md and bench/README.md. Its GPUs are for the engine `cuda`. */
const NVIDIA = "nvidia";

function suits(formats: readonly FormatName[], machine: Machine): Suitability {
  if (machine.platform === WITHOUT_WEBGPU) return { obstacle: `ONNX Runtime has no WebGPU on ${WITHOUT_WEBGPU}` };
  const adapter = machine.adapter();
  if (adapter instanceof NonsmoothError) return { obstacle: "WebGPU finds no GPU" };
  const { name, software, vendor } = adapter;
  if (software) return { obstacle: `WebGPU's ${name} is a program on the CPU` };
  if (vendor === NVIDIA) return { obstacle: `WebGPU on ${name} is less exact and slower than the CPU` };
  const missing = formats.filter((format) => !webgpuFormats(adapter).hasFormat(format));
  return missing.length > 0 ? { obstacle: `WebGPU on ${name} has no ${missing.join(" and no ")}` } : { device: name };
}

/** This machine's adapter. @throws NonsmoothError if there is none, or only a software adapter that is not allowed */
function takenAdapter({ software = process.env.NONSMOOTH_SOFTWARE_GPU === "1" }: WebgpuOptions): Adapter {
  const adapter = webgpuAdapter();
  if (adapter.software && !software) {
    throw new NonsmoothError("onnx-webgpu", "adapter must be a GPU", {
      got: nameOf(adapter),
      hint: "NONSMOOTH_SOFTWARE_GPU=1 allows it, for tests; onnx-cpu is faster",
      code: "software-gpu",
    });
  }
  return adapter;
}

const description = (adapter: Adapter): Description => ({
  ...webgpuFormats(adapter),
  settings: {
    adapter: nameOf(adapter),
    maxBufferSize: adapter.maxBufferSize,
    maxBindingSize: adapter.maxBindingSize,
  },
  memory: "device",
  sharedDevice: true,
  largestTensor: Math.min(adapter.maxBufferSize, adapter.maxBindingSize),
  latitude: LATITUDE,
});

/**
 * f32, and f16 if the adapter supports it. Tensors stay on the device as long as they are held.
 * @throws NonsmoothError if there is no adapter, or only a software adapter that is not allowed
 */
export function onnxWebgpuEngine(options: WebgpuOptions = {}): Engine & { readonly adapter: Adapter } {
  const adapter = takenAdapter(options);
  const own = description(adapter);
  const device = new Device(own.formats);
  const cache = new ProgramCache((graph) => device.compile(graph));
  return {
    id: onnxWebgpu.id,
    ...own,
    adapter,
    compile: (graph) => cache.get(graph),
    hold: (tensor) => device.hold(tensor),
    async dispose() {
      await cache.dispose();
      await device.dispose();
    },
  };
}

/**
 * What WGSL requires of f32 (https://www.w3.org/TR/WGSL/#concrete-float-accuracy); sqrt is 1 / inverseSqrt there. An H200 needs most of it:
 * quotients were up to 2 units off, exp up to 62 for |x| < 87, and subnormal operands and results counted as 0.
 */
const LATITUDE: Latitude = {
  flushesSubnormals: true,
  losesZeroSigns: true,
  ulps: { div: () => 2.5, sqrt: () => 5, exp: (x) => 3 + 2 * Math.abs(x), log: () => 3 },
  absolute: { log: 2 ** -21 },
  finiteOnly: ["exp", "log", "logSoftmax"],
};

const nameOf = ({ name, driver }: Adapter) => `${name}, ${driver}`;

/** "NVIDIA H200 (nvidia hopper), NVIDIA: 550.54.15; f16; buffers of 64 GiB, 2 GiB of them in a kernel" */
export function adapterWords({ name, vendor, architecture, driver, half, ...limits }: Adapter): string {
  const [buffer, binding] = [limits.maxBufferSize, limits.maxBindingSize].map(
    (n) => `${Number((n / 2 ** 30).toPrecision(2))} GiB`,
  );
  const family = [vendor, architecture].filter((word) => word !== "").join(" ");
  return `${name}${family && ` (${family})`}, ${driver}; ${half ? "f16" : "no f16"}; buffers of ${buffer}, ${binding} of them in a kernel`;
}
