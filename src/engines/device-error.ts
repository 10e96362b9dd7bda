/** One clear error for what may go wrong where it is computed. */
import { NonsmoothError } from "../util";

const AGAIN = "the same command, run again, goes on from its last rows and its checkpoint";

/** What ONNX Runtime, Dawn, CUDA and TensorFlow say, what it means, and what can be done. */
const FAILURES: readonly { readonly said: RegExp; readonly rule: string; readonly hint: string }[] = [
  {
    said: /device (is|was) lost|device lost|DEVICE_LOST|A valid external Instance reference no longer exists/i,
    rule: "must keep its device",
    hint: `the driver has reset the GPU or taken it away; ${AGAIN}`,
  },
  {
    // a buffer that could not be made is invalid for whoever uses it next
    said: /out of (device |host )?memory|OUT_OF_(DEVICE|HOST)_MEMORY|max buffer size|maxStorageBufferBindingSize|failed to allocate|_ALLOC_FAILED|bad_?alloc|allocation failed|Aborted\(|\[Invalid Buffer[^\]]*\] is invalid due to a previous error/i,
    rule: "must have enough memory",
    hint: `${AGAIN}; a smaller batch, or fewer replicas or images, is a run of its own`,
  },
  {
    said: /requires f16 but the device does not support|assigned to the default CPU EP/i,
    rule: "must have a kernel for every node",
    hint: "nonsmooth doctor tells which formats work here; onnx-cpu computes in all of them",
  },
  {
    said: /cannot open shared object file|cannot be loaded|Failed to load library|no CUDA-capable device|CUDA driver version is insufficient/i,
    rule: "must load its libraries and find its device",
    hint: "onnx-cuda needs NVIDIA's driver, CUDA 12 and cuDNN 9; nonsmooth doctor tells what works here",
  },
  {
    said: /Failed to get a WebGPU adapter|No supported adapters/,
    rule: "must find an adapter",
    hint: "install the GPU's driver with Vulkan support; onnx-cpu needs none",
  },
];

/** What computes has failed, not what was computed: the same again may go well, on another day or another machine. */
export class DeviceError extends NonsmoothError {
  override readonly name = "DeviceError";
}

/** Whether what computes has failed. By name, since errors of worker processes come without their class. */
export const isDeviceError = ({ name }: { readonly name: string }): boolean => name === "DeviceError";

/** An error of what computes, in the words of the engine: a `DeviceError` where it is known to be none of the program's. */
export function deviceError(what: string, cause: unknown): NonsmoothError {
  const said = (cause as Error).message;
  const failure = FAILURES.find((known) => known.said.test(said));
  // whole: the end of it says most
  const got = `, got ${JSON.stringify(reasonOf(said))}`;
  if (failure) return new DeviceError(what, `${failure.rule}${got}`, { hint: failure.hint, cause });
  return new NonsmoothError(what, `must run${got}`, { cause });
}

/** ONNX Runtime puts the reason last, behind its file, its function and the node. */
function reasonOf(said: string): string {
  const [first = ""] = said.split("\n").filter((line) => /\S/.test(line));
  return first
    .replace(/^.*Status Message: /, "")
    .replace(/^\/\S+\.(cc|h):\d+ /, "")
    .trim();
}
