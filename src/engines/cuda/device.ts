/** An NVIDIA GPU: its memory, its kernels, and the stream on which everything runs in order. */
import { DeviceError } from "../device-error";
import type { Kernel } from "./code/kernel";
import { PRELUDE } from "./code/prelude";
import { noDevice, outOfMemory } from "./errors";
import { type Libraries, libraries } from "./library";
import { type Handle, handleIn, result } from "./library/bindings";
import { NO_REDUCED_PRECISION } from "./library/cublas";
import { MAJOR, MINOR, NON_BLOCKING, RELAXED } from "./library/driver";
import { compileSource } from "./library/nvrtc";
import { ALIGNMENT, aligned } from "./memory-plan";

/** cuBLAS gives the same bits in every run only if its scratch memory is ours. */
const WORKSPACE = 64 * 2 ** 20;

const DEVICE = 0;

export class Device {
  /** "NVIDIA H200" */
  readonly name: string;
  /** "a1b2c3d4-…": of the part of a GPU that MIG gives, its own. */
  readonly uuid: string;
  /** Compute capability 9.0 as 90. */
  readonly capability: number;
  readonly blas: Handle;
  readonly stream: Handle;
  private readonly kernels = new Map<string, Handle>();
  /** Memory that was given back, by its size. */
  private readonly idle = new Map<number, Handle[]>();
  private lost: DeviceError | undefined;

  private constructor(readonly libraries: Libraries) {
    const { driver, blas } = libraries;
    const count = Buffer.alloc(4);
    driver.deviceCount(count);
    if (count.readInt32LE() === 0) throw noDevice("none");
    this.name = this.text((buffer) => driver.deviceName(buffer, buffer.length, DEVICE));
    this.uuid = uuidOf((buffer) => driver.deviceUuid(buffer, DEVICE));
    this.capability = 10 * this.attribute(MAJOR) + this.attribute(MINOR);
    const context = result();
    driver.retainContext(context, DEVICE);
    driver.setContext(handleIn(context));
    this.stream = this.handle((room) => driver.createStream(room, NON_BLOCKING));
    this.blas = this.handle((room) => blas.create(room));
    blas.setStream(this.blas, this.stream);
    blas.setWorkspace(this.blas, this.allocate(WORKSPACE), WORKSPACE);
    blas.setMathMode(this.blas, NO_REDUCED_PRECISION);
  }

  private static opened: Device | undefined;

  /** The process's device. @throws NonsmoothError if there is none, or a library is missing */
  static open(): Device {
    Device.opened ??= new Device(libraries());
    return Device.opened;
  }

  /**
   * Memory of so many bytes; its content is undefined. What was given back first is given out first, so that work that is
   * repeated meets the same addresses, and its graphs can be replayed.
   * @throws DeviceError that says how much was asked for
   */
  allocate(bytes: number): Handle {
    const size = roomFor(bytes);
    return this.idle.get(size)?.shift() ?? this.allocateNew(size);
  }

  /** Gives memory back: its bytes are those that were asked for. */
  free(address: Handle, bytes: number): void {
    const size = roomFor(bytes);
    const idle = this.idle.get(size) ?? [];
    idle.push(address);
    this.idle.set(size, idle);
  }

  /** Gives the memory that nobody uses back to the driver. */
  trim(): void {
    if (!this.lost) for (const address of [...this.idle.values()].flat()) this.libraries.driver.free(address);
    this.idle.clear();
  }

  upload(address: Handle, data: NodeJS.ArrayBufferView): void {
    this.use(() => this.libraries.driver.toDevice(address, data, data.byteLength, this.stream));
  }

  /** Waits for the work so far, then copies into the host's memory. */
  async download(data: NodeJS.ArrayBufferView, address: Handle): Promise<void> {
    await this.finished();
    this.use(() => {
      this.libraries.driver.toHost(data, address, data.byteLength, this.stream);
      this.libraries.driver.synchronize(this.stream);
    });
  }

  /** Resolves when the work so far is done; timers and signals run meanwhile. */
  async finished(): Promise<void> {
    while (this.use(() => this.libraries.driver.isBusy(this.stream)))
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** Compiles the kernels that are not known yet, as one module. */
  load(kernels: readonly Kernel[]): void {
    const missing = [...new Map(kernels.map((own) => [own.name, own])).values()].filter(
      ({ name }) => !this.kernels.has(name),
    );
    if (missing.length === 0) return;
    const { driver, nvrtc } = this.libraries;
    const source = [PRELUDE, ...missing.map((own) => own.source)].join("\n");
    const image = compileSource(nvrtc, source, this.capability);
    this.use(() => {
      const module = this.handle((room) => driver.loadModule(room, image));
      for (const { name } of missing)
        this.kernels.set(
          name,
          this.handle((room) => driver.kernel(room, module, name)),
        );
    });
  }

  kernel(name: string): Handle {
    return this.kernels.get(name)!;
  }

  launch(kernel: Handle, blocks: number, threads: number, addresses: readonly Handle[]): void {
    const parameters = addresses.map((address) => {
      const parameter = Buffer.alloc(8);
      parameter.writeBigUInt64LE(BigInt(address));
      return parameter;
    });
    this.libraries.driver.launch(kernel, blocks, 1, 1, threads, 1, 1, 0, this.stream, parameters, null);
  }

  /** The work of an action as a graph that is launched as a whole. */
  capture(action: () => void): Handle {
    const { driver } = this.libraries;
    return this.use(() => {
      driver.beginCapture(this.stream, RELAXED);
      const ended = () => this.handle((room) => driver.endCapture(this.stream, room));
      try {
        action();
      } catch (error) {
        try {
          driver.destroyGraph(ended());
        } catch {} // the first error is the reason
        throw error;
      }
      const graph = ended();
      try {
        return this.handle((room) => driver.instantiate(room, graph, 0));
      } finally {
        driver.destroyGraph(graph);
      }
    });
  }

  replay(graph: Handle): void {
    this.use(() => this.libraries.driver.launchGraph(graph, this.stream));
  }

  forget(graph: Handle): void {
    if (!this.lost) this.libraries.driver.destroyExecutable(graph);
  }

  /** Does something on the device. After an error that the device does not survive, everything fails with that error. */
  use<T>(action: () => T): T {
    if (this.lost) throw this.lost;
    try {
      return action();
    } catch (error) {
      if (error instanceof DeviceError && error.code === "device-lost") this.lost = error;
      throw error;
    }
  }

  private allocateNew(bytes: number): Handle {
    const { driver } = this.libraries;
    const allocate = () => this.use(() => this.handle((room) => driver.allocate(room, bytes)));
    try {
      return allocate();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
    }
    this.trim();
    try {
      return allocate();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const [free, total] = [result(), result()];
      driver.memory(free, total);
      throw outOfMemory(`${size(bytes)} more, with ${size(handleIn(free))} of ${size(handleIn(total))} free`);
    }
  }

  private handle(call: (room: Buffer) => void): Handle {
    const room = result();
    call(room);
    return handleIn(room);
  }

  private attribute(which: number): number {
    const value = Buffer.alloc(4);
    this.libraries.driver.deviceAttribute(value, which, DEVICE);
    return value.readInt32LE();
  }

  private text(call: (buffer: Buffer) => void): string {
    const buffer = Buffer.alloc(256);
    call(buffer);
    return buffer.toString().replace(/\0.*$/s, "");
  }
}

function uuidOf(call: (buffer: Buffer) => void): string {
  const buffer = Buffer.alloc(16);
  call(buffer);
  return buffer.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof DeviceError && error.code === "out-of-device-memory";

/** Bytes that are allocated for so many. */
const roomFor = (bytes: number): number => Math.max(aligned(bytes), ALIGNMENT);

/** Bytes in words: "1.5 GiB". */
function size(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${["", "KiB", "MiB", "GiB"][power]}`;
}
