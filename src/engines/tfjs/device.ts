/** Tensors of TensorFlow.js: copied there and back, or held there. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { ElementFormat } from "../../formats";
import { formatType, type Shape, type Tensor, type Type } from "../../ir";
import { fail } from "../../util";
import { type Held, isHeld } from "../engine";
import { type Backend, type Choice, loadTensorFlow, noneStarting, type Tf } from "./package";

const TYPES = { f32: "float32", i32: "int32", bool: "bool" } as const satisfies Partial<Record<ElementFormat, string>>;

/** TensorFlow.js with its backend, for one engine. */
export class Device {
  private constructor(
    readonly tf: Tf,
    readonly backend: Backend,
  ) {}

  static async open(choice: Choice): Promise<Device> {
    return new Device(await loadTensorFlow(choice), choice.backend);
  }

  /** Computes something on its backend, which becomes the backend of the process. */
  compute<T>(work: () => T): Promise<T> {
    return noneStarting(() => {
      if (this.tf.getBackend() !== this.backend) void this.tf.setBackend(this.backend); // takes effect at once, since the backend has been started
      return work();
    });
  }

  private upload({ format, shape, data }: Tensor): TfTensor {
    // all backends except WebAssembly keep the array itself, which belongs to the caller
    const own = this.backend === "wasm" ? data : data.slice();
    return this.tf.tensor(own as Float32Array, [...shape], TYPES[format as keyof typeof TYPES]);
  }

  async download(tensor: TfTensor, { format, shape }: Type): Promise<Tensor> {
    const data = await tensor.data();
    return { format, shape, data: this.backend === "cpu" ? data.slice() : data };
  }

  async hold(tensor: Tensor): Promise<Held> {
    return this.held(await this.compute(() => this.upload(tensor)), tensor);
  }

  /** Keeps a tensor that nobody else frees. */
  held(tensor: TfTensor, type: Type): Held {
    return new HeldTensor(this, tensor, type);
  }

  /** A tensor for a feed, to be disposed of after use. */
  fed(name: string, fed: Tensor | Held): TfTensor {
    if (!isHeld(fed)) return this.upload(fed);
    if (!(fed instanceof HeldTensor && fed.device === this))
      return fail(`input ${name}`, "must be held by the engine that runs the graph", "a tensor of another engine");
    return fed.use(`input ${name}`, "fed").clone();
  }
}

/** Stays in the memory of the backend. */
class HeldTensor implements Held {
  readonly format: ElementFormat;
  readonly shape: Shape;

  constructor(
    readonly device: Device,
    private readonly tensor: TfTensor,
    type: Type,
  ) {
    this.format = type.format;
    this.shape = type.shape;
  }

  use(what: string, how: string): TfTensor {
    if (this.tensor.isDisposed) fail(what, `must not be ${how} after it was disposed of`, formatType(this));
    return this.tensor;
  }

  async read(): Promise<Tensor> {
    return this.device.download(this.use("held tensor", "read"), this);
  }

  dispose(): void {
    this.tensor.dispose();
  }
}
