/** A GPU behind ONNX Runtime: its sessions, and the tensors that stay in its memory. */
import type { Tensor as OrtTensor } from "onnxruntime-node";
import { type ElementFormat, type FormatName, isFloat } from "../../formats";
import { formatType, type Graph, type Shape, type Tensor } from "../../ir";
import { fail } from "../../util";
import { type Compiled, type Feeds, type Held, isHeld } from "../engine";
import { toOnnx } from "./compile";
import { DeviceSession } from "./device-session";
import { fromOrt, loadRuntime, type Ort, toOrt } from "./runtime";
import { attribute, dataType, encodeModel, valueInfo } from "./schema";
import { webgpuTarget } from "./targets";

/** Memory of the device, freed when its last user has released it. */
class Buffer {
  private users = 0;
  constructor(readonly ort: OrtTensor) {}
  take(): this {
    this.users++;
    return this;
  }
  release(): void {
    if (--this.users === 0) this.ort.dispose();
  }
}

class DeviceTensor implements Held {
  private buffer: Buffer | undefined;

  constructor(
    readonly format: ElementFormat,
    readonly shape: Shape,
    readonly owner: Device,
    buffer: Buffer,
  ) {
    this.buffer = buffer.take();
  }

  read = (): Promise<Tensor> => this.owner.read(this);

  /** The buffer, for a run that has to release it. */
  take(): Buffer {
    return this.buffer?.take() ?? fail("held tensor", "must not be used after it was disposed of", formatType(this));
  }

  dispose(): void {
    this.buffer?.release();
    this.buffer = undefined;
  }
}

export class Device {
  /** Sessions that copy a tensor to the device or back, by format and direction. */
  private readonly copies = new Map<string, Promise<DeviceSession>>();

  constructor(private readonly formats: readonly FormatName[]) {}

  async compile(graph: Graph): Promise<Compiled> {
    this.requireFormats(graph);
    const ort = await loadRuntime("onnx-webgpu");
    const { bytes, outputs } = toOnnx(graph, webgpuTarget);
    const names = [...new Set(outputs.values())];
    // the place of a session's outputs is fixed when it is created, and the first session shows whether the graph can run at all
    const create = (onDevice: ReadonlySet<string>) =>
      DeviceSession.create(ort, graph.name, bytes, new Map(names.map((name) => [name, onDevice.has(name)])));
    const sessions = new Map([["", Promise.resolve(await create(new Set()))]]);
    let unused = true;
    const sessionFor = async (held: ReadonlySet<string>): Promise<DeviceSession> => {
      const onDevice = new Set([...held].map((name) => outputs.get(name)!));
      const key = [...onDevice].sort().join();
      const spare = unused && key !== "" ? sessions.get("") : undefined;
      unused = false;
      if (spare) sessions.delete("");
      const session = kept(sessions, key, () => create(onDevice));
      await (await spare)?.release();
      return session;
    };
    // while one session lives, the kernels that were compiled for others are kept
    await this.copy("f32", true);
    return {
      run: async (feeds, held) => {
        const { fed, done } = this.converted(ort, feeds);
        const results = await sessionFor(held)
          .then((session) => session.run(fed))
          .finally(done);
        return this.named(graph, outputs, results, held);
      },
      release: () => releaseAll(sessions),
    };
  }

  async hold(tensor: Tensor): Promise<Held> {
    const ort = await loadRuntime("onnx-webgpu");
    const copy = await this.copy(tensor.format, true);
    const { y } = await copy.run({ x: toOrt(ort, tensor, tensor.format) });
    return new DeviceTensor(tensor.format, tensor.shape, this, new Buffer(y!));
  }

  async read(held: DeviceTensor): Promise<Tensor> {
    const buffer = held.take();
    try {
      // ONNX Runtime's own function that reads a buffer of the device crashes the process
      const { y } = await (await this.copy(held.format, false)).run({ x: buffer.ort });
      return fromOrt(y!, held.format, held.shape);
    } finally {
      buffer.release();
    }
  }

  async dispose(): Promise<void> {
    await releaseAll(this.copies);
  }

  /** The feeds of a session, and a function that releases their buffers: they may be disposed of while it runs. */
  private converted(ort: Ort, feeds: Feeds): { fed: Record<string, OrtTensor>; done: () => void } {
    const buffers: Buffer[] = [];
    const convert = (name: string, fed: Tensor | Held): OrtTensor => {
      if (!isHeld(fed)) return toOrt(ort, fed, fed.format);
      if (!(fed instanceof DeviceTensor && fed.owner === this))
        return fail(`input ${name}`, "must be held by the engine that runs the graph", "a tensor of another engine");
      const buffer = fed.take();
      buffers.push(buffer);
      return buffer.ort;
    };
    const done = () => {
      for (const buffer of buffers) buffer.release();
    };
    try {
      return { fed: Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, convert(name, x)])), done };
    } catch (error) {
      done();
      throw error;
    }
  }

  private async named(
    graph: Graph,
    outputs: ReadonlyMap<string, string>,
    results: Readonly<Record<string, OrtTensor>>,
    held: ReadonlySet<string>,
  ): Promise<Record<string, Tensor | Held>> {
    const buffers = new Map<string, Buffer>();
    const named: Record<string, Tensor | Held> = {};
    for (const [name, { format, shape }] of graph.outputs) {
      const own = outputs.get(name)!;
      const result = results[own]!;
      if (result.location !== "gpu-buffer") {
        named[name] = fromOrt(result, format, shape);
        continue;
      }
      const buffer = buffers.get(own) ?? new Buffer(result);
      buffers.set(own, buffer);
      const onDevice = new DeviceTensor(format, shape, this, buffer);
      named[name] = held.has(name) ? onDevice : await onDevice.read();
      if (!held.has(name)) onDevice.dispose();
    }
    return named;
  }

  private copy(format: ElementFormat, toDevice: boolean): Promise<DeviceSession> {
    return kept(this.copies, `${format} ${toDevice}`, async () =>
      DeviceSession.create(await loadRuntime("onnx-webgpu"), "copy", copyModel(format), new Map([["y", toDevice]])),
    );
  }

  private requireFormats({ nodes }: Graph): void {
    const wrong = nodes.find(({ format }) => isFloat(format) && !this.formats.includes(format));
    if (!wrong) return;
    const reason = wrong.format === "f16" ? "This adapter has no f16" : `WebGPU has no ${wrong.format}`;
    const hint = `${reason}; onnx-cpu computes in every format`;
    fail("onnx-webgpu", `computes in ${this.formats.join(" and ")}`, formatType(wrong), hint);
  }
}

type Sessions = Map<string, Promise<DeviceSession>>;

/** The session for a key; if it could not be created, it is tried again the next time. */
function kept(sessions: Sessions, key: string, create: () => Promise<DeviceSession>): Promise<DeviceSession> {
  const found = sessions.get(key);
  if (found) return found;
  const made = create();
  sessions.set(key, made);
  made.catch(() => sessions.delete(key));
  return made;
}

async function releaseAll(sessions: Sessions): Promise<void> {
  const all = [...sessions.values()];
  sessions.clear();
  for (const session of await Promise.allSettled(all))
    if (session.status === "fulfilled") await session.value.release();
}

/** y = x, of any shape. */
function copyModel(format: ElementFormat): Uint8Array {
  const [x, y] = ["x", "y"].map((name) => valueInfo(name, dataType(format)));
  // WebGPU has no Identity of truth values
  const [opType, attributes] = format === "bool" ? ["Cast", [attribute("to", dataType("bool"))]] : ["Identity", []];
  const node = { opType: opType as string, input: ["x"], output: ["y"], attribute: attributes as object[] };
  return encodeModel({ name: "copy", node: [node], input: [x!], output: [y!], initializer: [] });
}
