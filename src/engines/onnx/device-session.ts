/** A session on a GPU, with one clear error for what may go wrong there. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { NonsmoothError } from "../../util";
import { type Ort, sessionOptions } from "./runtime";

/** What ONNX Runtime and Dawn say, what it means, and what can be done. */
const FAILURES: readonly { readonly said: RegExp; readonly rule: string; readonly hint: string }[] = [
  {
    said: /device (is|was) lost|device lost|DEVICE_LOST|A valid external Instance reference no longer exists/i,
    rule: "must keep its device",
    hint: "The driver has reset the GPU or taken it away. Run again: a run goes on from its last rows and its checkpoint",
  },
  {
    // a buffer that could not be made is invalid for whoever uses it next
    said: /out of (device |host )?memory|OUT_OF_(DEVICE|HOST)_MEMORY|max buffer size|maxStorageBufferBindingSize|failed to allocate|\[Invalid Buffer[^\]]*\] is invalid due to a previous error|Too many storage buffers/i,
    rule: "must have enough memory",
    hint: "Take a smaller batch, or fewer replicas, and run again: a run goes on from its last rows and its checkpoint",
  },
  {
    said: /requires f16 but the device does not support/i,
    rule: "computes in f16 only where the adapter does",
    hint: "onnx-cpu computes in f16 everywhere",
  },
  {
    said: /assigned to the default CPU EP/,
    rule: "must have a kernel for every node",
    hint: "nonsmooth doctor tells what works here",
  },
  {
    said: /Failed to get a WebGPU adapter|No supported adapters/,
    rule: "must find an adapter",
    hint: "Install the GPU's driver with Vulkan support; onnx-cpu needs none",
  },
];

/** What computes has failed, not what was computed: the same again may go well, on another day or another machine. */
export class DeviceError extends NonsmoothError {
  constructor(...[what, rule, options]: ConstructorParameters<typeof NonsmoothError>) {
    super(what, rule, options);
    (this as { name: string }).name = "DeviceError";
  }
}

/** Whether what computes has failed. By name, since errors of worker processes come without their class. */
export const isDeviceError = ({ name }: { readonly name: string }): boolean => name === "DeviceError";

/** An error of ONNX Runtime in the words of the engine. */
export function deviceError(what: string, cause: unknown): DeviceError {
  const got = (cause as Error).message;
  const failure = FAILURES.find(({ said }) => said.test(got));
  const { rule, hint } = failure ?? { rule: "must run", hint: undefined };
  return new DeviceError(what, rule, { got, hint, cause });
}

export class DeviceSession {
  private constructor(
    private readonly name: string,
    private readonly session: InferenceSession,
    private readonly outputs: readonly string[],
  ) {}

  /** @param outputs for each output whether it stays on the device */
  static async create(
    ort: Ort,
    name: string,
    bytes: Uint8Array,
    outputs: ReadonlyMap<string, boolean>,
  ): Promise<DeviceSession> {
    const preferredOutputLocation = Object.fromEntries(
      [...outputs].map(([output, onDevice]) => [output, onDevice ? ("gpu-buffer" as const) : ("cpu" as const)]),
    );
    const options = {
      ...sessionOptions,
      executionProviders: ["webgpu"],
      preferredOutputLocation,
      // a node without a kernel is an error, not a detour through the host
      extra: { session: { disable_cpu_ep_fallback: "1" } },
    };
    const create = () => ort.InferenceSession.create(bytes, options);
    return new DeviceSession(name, await alone(`graph ${name} on onnx-webgpu`, create), [...outputs.keys()]);
  }

  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>> {
    return alone(`graph ${this.name} on onnx-webgpu`, () => this.session.run(feeds, this.outputs as string[]));
  }

  release = (): Promise<void> => alone(`graph ${this.name} on onnx-webgpu`, () => this.session.release());
}

let last: Promise<unknown> = Promise.resolve();

/** One after another: sessions that run at the same time end the process (microsoft/onnxruntime #32561). */
function alone<T>(what: string, action: () => Promise<T>): Promise<T> {
  const next = last.then(action).catch((cause) => {
    throw deviceError(what, cause);
  });
  last = next.catch(() => {}); // whoever waits for `next` sees the error
  return next;
}
