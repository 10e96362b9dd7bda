/** One clear error for everything that may go wrong on a device. */
import { type ErrorCode, NonsmoothError } from "../util";

export const AGAIN = "run the same command again: it continues from its last rows and its checkpoint";

export const SMALLER = `a smaller batch, or fewer replicas or images, needs less, but is a different run; if other programs used the memory, ${AGAIN}`;

/** What ONNX Runtime, Dawn, CUDA and TensorFlow say, what it means, and what to do. */
const FAILURES: readonly {
  readonly said: RegExp;
  readonly rule: string;
  readonly hint: string;
  readonly code?: ErrorCode;
}[] = [
  {
    said: /device (is|was) lost|device lost|DEVICE_LOST|A valid external Instance reference no longer exists/i,
    rule: "must keep its device",
    hint: `the driver has reset the GPU or taken it away; ${AGAIN}`,
    code: "device-lost",
  },
  {
    // a buffer that could not be allocated is reported as invalid at its next use
    said: /out of (device |host )?memory|OUT_OF_(DEVICE|HOST)_MEMORY|max buffer size|maxStorageBufferBindingSize|failed to allocate|_ALLOC_FAILED|bad_?alloc|allocation failed|Aborted\(|\[Invalid Buffer[^\]]*\] is invalid due to a previous error/i,
    rule: "must have enough memory",
    hint: SMALLER,
    code: "out-of-device-memory",
  },
  {
    said: /requires f16 but the device does not support|assigned to the default CPU EP/i,
    rule: "must have a kernel for every node",
    hint: "nonsmooth doctor shows which formats work here; onnx-cpu computes in all of them",
  },
  {
    said: /cannot open shared object file|cannot be loaded|Failed to load library|no CUDA-capable device|CUDA driver version is insufficient/i,
    rule: "must load its libraries and find its device",
    hint: "nonsmooth doctor shows what works here",
  },
  {
    said: /Failed to get a WebGPU adapter|No supported adapters/,
    rule: "needs a GPU adapter",
    hint: "install the GPU's driver with Vulkan support; onnx-cpu needs none",
  },
];

/** The device has failed, not the program: the same program may succeed later or on another machine. */
export class DeviceError extends NonsmoothError {
  override readonly name = "DeviceError";
}

/** Whether the device has failed. By name, since errors from worker processes lose their class. */
export const isDeviceError = ({ name }: { readonly name: string }): boolean => name === "DeviceError";

/** An error in the words of the engine's runtime: a `DeviceError` if it is known not to be the program's fault. */
export function deviceError(what: string, cause: unknown): NonsmoothError {
  const said = (cause as Error).message;
  const failure = FAILURES.find((known) => known.said.test(said));
  // not shortened: the end says most
  const got = `, got ${JSON.stringify(reasonOf(said))}`;
  if (failure) {
    const { rule, hint, code } = failure;
    return new DeviceError(what, `${rule}${got}`, { hint, code, cause });
  }
  return new NonsmoothError(what, `must run${got}`, { cause });
}

/** ONNX Runtime puts the reason last, after its file, its function and the node. */
function reasonOf(said: string): string {
  const [first = ""] = said.split("\n").filter((line) => /\S/.test(line));
  return first
    .replace(/^.*Status Message: /, "")
    .replace(/^\/\S+\.(cc|h):\d+ /, "")
    .trim();
}
