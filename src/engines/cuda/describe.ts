/** What is known of this machine's GPU before anything is computed. */
import { type FormatName, formatNames } from "../../formats";
import { Device } from "./device";

/** What `auto` has to know. */
export interface CudaDevice {
  readonly name: string;
  readonly formats: readonly FormatName[];
}

/** This machine's device. @throws NonsmoothError without an NVIDIA GPU, its driver, NVRTC or cuBLAS */
export function cudaDevice(): CudaDevice {
  const device = Device.open();
  return { name: device.name, formats: formatsOn(device) };
}

/** bfloat16 has matrix products from compute capability 8.0 on. */
export const formatsOn = ({ capability }: Device): FormatName[] =>
  formatNames.filter((format) => format !== "bf16" || capability >= 80);
