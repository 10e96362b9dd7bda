/** What is known of this machine's GPU before anything is computed. */
import { isUsual } from "../../formats";
import { type Supported, supporting } from "../engine";
import { Device } from "./device";

/** What `auto` has to know. */
export interface CudaDevice extends Supported {
  readonly name: string;
}

/** This machine's device. @throws NonsmoothError without an NVIDIA GPU, its driver, NVRTC or cuBLAS */
export function cudaDevice(): CudaDevice {
  const device = Device.open();
  return { name: device.name, ...formatsOn(device) };
}

/** bfloat16 has matrix products from compute capability 8.0 on. */
export const formatsOn = ({ capability }: Device): Supported =>
  supporting((format) => isUsual(format) && (format !== "bf16" || capability >= 80));
