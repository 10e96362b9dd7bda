/** Tensors in the device's memory, freed when their last user has released them. */
import { allocate, type ElementFormat, type FormatName, formatOf, type NumberArray } from "../../formats";
import { formatType, type Shape, size, type Tensor, type Type, wrap } from "../../ir";
import { fail } from "../../util";
import type { Held } from "../engine";
import { isStoredPlainly } from "./code/numbers";
import type { Device } from "./device";
import type { Handle } from "./library/bindings";
import { bytesOf } from "./memory-plan";

/** A piece of the device's memory that several tensors may share. */
export class Memory {
  private users = 0;

  constructor(
    readonly address: Handle,
    private readonly release: (address: Handle) => void,
  ) {}

  take(): this {
    this.users++;
    return this;
  }

  drop(): void {
    if (--this.users === 0) this.release(this.address);
  }
}

export class DeviceTensor implements Held {
  readonly format: ElementFormat;
  readonly shape: Shape;
  private memory: Memory | undefined;

  constructor(
    readonly device: Device,
    { format, shape }: Type,
    memory: Memory,
  ) {
    this.format = format;
    this.shape = shape;
    this.memory = memory.take();
  }

  /** Its memory, kept for one more user until that one drops it. @throws NonsmoothError after it was disposed of */
  shared(): Memory {
    if (!this.memory) return fail("held tensor", "must not be used after it was disposed of", formatType(this));
    return this.memory.take();
  }

  async read(): Promise<Tensor> {
    const memory = this.shared();
    try {
      const bytes = new Uint8Array(bytesOf({ format: this.format, length: size(this.shape) }));
      await this.device.download(bytes, memory.address);
      return fromBytes(this, bytes.buffer, 0);
    } finally {
      memory.drop();
    }
  }

  dispose(): void {
    this.memory?.drop();
    this.memory = undefined;
  }
}

/** A tensor in memory of its own. */
export function upload(device: Device, tensor: Tensor): DeviceTensor {
  const bits = toBits(tensor);
  const bytes = bits.byteLength;
  const memory = new Memory(device.allocate(bytes), (address) => device.free(address, bytes));
  device.upload(memory.address, bits);
  return new DeviceTensor(device, tensor, memory);
}

/** A tensor's elements as the device stores them. */
export const toBits = ({ format, data }: Tensor): NumberArray | Uint16Array =>
  isStoredPlainly(format) ? data : (formatOf(format as FormatName).encoding.toBits(data) as Uint16Array);

/** A tensor from what the device stores. */
export function fromBytes({ format, shape }: Type, bytes: ArrayBuffer, offset: number): Tensor {
  const length = size(shape);
  if (!isStoredPlainly(format)) {
    const data = formatOf(format as FormatName).encoding.fromBits(bytes, offset, length);
    return wrap(format, data, shape);
  }
  const data = allocate(format, length);
  new Uint8Array(data.buffer).set(new Uint8Array(bytes, offset, data.byteLength));
  return wrap(format, data, shape);
}
