/** One clear error for what may go wrong where it is computed. */
import { NonsmoothError } from "../util";

/** What ONNX Runtime, Dawn and TensorFlow say, what it means, and what can be done. */
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
  override readonly name = "DeviceError";
}

/** Whether what computes has failed. By name, since errors of worker processes come without their class. */
export const isDeviceError = ({ name }: { readonly name: string }): boolean => name === "DeviceError";

/** An error of what computes, in the words of the engine. */
export function deviceError(what: string, cause: unknown): DeviceError {
  const got = (cause as Error).message;
  const failure = FAILURES.find(({ said }) => said.test(got));
  const { rule, hint } = failure ?? { rule: "must run", hint: undefined };
  return new DeviceError(what, rule, { got, hint, cause });
}
