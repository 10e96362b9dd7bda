/** What CUDA's status codes mean, and what to do. */
import { NonsmoothError } from "../../util";
import { AGAIN, DeviceError, SMALLER } from "../device-error";

const OUT_OF_MEMORY = 2;

/** Status codes after which the process can no longer use the device. */
const LOST: Readonly<Record<number, string>> = {
  46: "device unavailable",
  214: "uncorrectable memory error",
  700: "illegal address",
  702: "launch timeout",
  709: "context destroyed",
  710: "device-side assert",
  714: "hardware stack error",
  715: "illegal instruction",
  716: "misaligned address",
  717: "invalid address space",
  718: "invalid program counter",
  719: "launch failure",
};

/** A toolkit knows neither GPUs that came after it nor those that it no longer supports. */
const NO_CODE =
  "this CUDA toolkit has no code for it: an old GPU (compute capability below 7.5) needs CUDA 12, whose folder NONSMOOTH_CUDA can name; a new GPU needs a newer toolkit";

/** Status codes before any work is done. */
const MISSING: Readonly<Record<number, readonly [rule: string, hint: string]>> = {
  3: ["must find its driver running", "update or reload NVIDIA's driver"],
  34: ["must find NVIDIA's driver, not a stub", "take the folder of CUDA's stubs out of LD_LIBRARY_PATH"],
  209: ["must know the GPU", NO_CODE],
  222: ["must have a driver as new as the toolkit", "update NVIDIA's driver, or install CUDA 12"],
  803: ["must have a driver that fits its kernel module", "restart the machine after an update of the driver"],
  804: ["must have a driver that fits the GPU", "take CUDA's compat folder out of LD_LIBRARY_PATH"],
};

/** Status codes for no device, and for one that is not there. */
const NO_DEVICE: readonly number[] = [100, 101];

/** The error where no GPU is found; where a variable chose among them, it is named. */
export function noDevice(got: string, visible = process.env.CUDA_VISIBLE_DEVICES): DeviceError {
  const chosen = visible === undefined ? got : `${got} with CUDA_VISIBLE_DEVICES=${visible}`;
  const hint =
    visible === undefined
      ? "CUDA_VISIBLE_DEVICES may hide it; onnx-cpu needs none"
      : "CUDA_VISIBLE_DEVICES hides it: unset it, or name a device that nvidia-smi -L shows; a job of Slurm gets one with --gpus-per-task 1; onnx-cpu needs none";
  return new DeviceError("cuda", `needs an NVIDIA GPU, got ${JSON.stringify(chosen)}`, { hint });
}

/** For `functions`: throws the error that a driver's status stands for. */
export function driverError(status: number, call: string): never {
  const got = `${call} gave ${status}`;
  const lost = LOST[status];
  if (lost) throw lostDevice(`${lost} (${got})`);
  if (status === OUT_OF_MEMORY) throw outOfMemory(got);
  if (NO_DEVICE.includes(status)) throw noDevice(got);
  const known = MISSING[status];
  if (known) throw new DeviceError("cuda", `${known[0]}, got ${JSON.stringify(got)}`, { hint: known[1] });
  throw new NonsmoothError("cuda", "must work", { got });
}

export const compilerError = (status: number, call: string): never => {
  if (status === 5)
    throw new DeviceError("cuda", `must know the GPU, got "${call} gave ${status}"`, {
      hint: NO_CODE,
    });
  throw new NonsmoothError("cuda kernels", "must compile", { got: `${call} gave ${status}` });
};

export const productError = (status: number, call: string): never => {
  const got = `${call} gave ${status}`;
  if (status === 3) throw outOfMemory(got);
  if (status === 1)
    throw new DeviceError("cuda", `must start cuBLAS, got "${got}"`, {
      hint: "its version may be newer than the driver's: update the driver, or install CUDA 12",
    });
  if (status === 13 || status === 14) throw lostDevice(`a failure in cuBLAS (${got})`);
  throw new NonsmoothError("cuda", "must multiply matrices", { got });
};

/** @param asked "1.5 GiB of 80 GiB, 1 GiB free" */
export const outOfMemory = (asked: string): DeviceError =>
  new DeviceError("cuda", `must have enough memory, got ${JSON.stringify(asked)}`, {
    hint: SMALLER,
    code: "out-of-device-memory",
  });

const lostDevice = (how: string): DeviceError =>
  new DeviceError("cuda", `must keep its device, got ${how}`, { hint: AGAIN, code: "device-lost" });
