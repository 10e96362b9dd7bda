/** A session on a GPU. */
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { deviceError } from "../device-error";
import { type Ort, sessionOptions } from "./runtime";

export class DeviceSession {
  private constructor(
    private readonly name: string,
    private readonly session: InferenceSession,
    private readonly outputs: readonly string[],
  ) {}

  /** @param outputs for each output, whether it stays on the device */
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

/** One after another: sessions that run at the same time crash the process (microsoft/onnxruntime #32561). */
function alone<T>(what: string, action: () => Promise<T>): Promise<T> {
  const next = last.then(action).catch((cause) => {
    throw deviceError(what, cause);
  });
  last = next.catch(() => {}); // the error goes to the caller, who waits for `next`
  return next;
}
