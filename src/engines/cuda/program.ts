/**
 * A program on the device. What it does is captured as a CUDA graph for each set of addresses that it is fed with: in a training the state goes from one
 * set of buffers into another and back, so two graphs are enough, and no step copies state or waits for the host.
 */
import { type FormatName, isFloat } from "../../formats";
import type { Graph, Tensor } from "../../ir";
import { fail } from "../../util";
import { type Compiled, type Feeds, type Held, isHeld, type Supported } from "../engine";
import type { Cell } from "./cells";
import { BLOCK } from "./code/kernel";
import type { Device } from "./device";
import type { Handle } from "./library/bindings";
import { multiply } from "./library/cublas";
import { aligned, bytesOf } from "./memory-plan";
import { type Plan, type PlanOptions, planGraph, readsOf, type Work, writesOf } from "./plan";
import { DeviceTensor, fromBytes, Memory, toBits } from "./tensors";

export interface ProgramOptions extends PlanOptions {
  readonly tf32: boolean;
}

/** Graphs that are kept. A training needs two for each of its programs, a pass over the data one for each part of the data. */
const MOST_GRAPHS = 64;

export async function compileProgram(device: Device, graph: Graph, options: ProgramOptions): Promise<Compiled> {
  const program = new CudaProgram(device, graph, planGraph(graph, options), options.tf32);
  return {
    run: (feeds, held) => program.run(feeds, held),
    release: async () => program.release(),
  };
}

/** Work that was captured, and the addresses of everything that is fed and returned. */
interface Captured {
  readonly addresses: readonly Handle[];
  readonly graph: Handle;
}

class CudaProgram {
  private readonly scratch: Handle;
  /** Every array's address in the current run. */
  private readonly addresses = new Map<Cell, Handle>();
  /** What is fed and returned. */
  private readonly outside: readonly Cell[];
  private readonly slots: ReadonlyMap<Cell, Slot>;
  private readonly transfers: Transfer[] = [];
  /** The latest first. */
  private readonly captured: Captured[] = [];
  private runs = 0;
  private latest: Promise<void> = Promise.resolve();

  constructor(
    private readonly device: Device,
    private readonly graph: Graph,
    private readonly plan: Plan,
    private readonly tf32: boolean,
  ) {
    const { work, memory, inputs, outputs } = plan;
    device.load(work.flatMap((own) => (own.kind === "kernel" ? [own.kernel] : [])));
    this.scratch = device.allocate(memory.bytes);
    for (const [cell, offset] of memory.offsets) this.addresses.set(cell, this.scratch + offset);
    this.outside = [...new Set([...inputs.values(), ...outputs.values()])];
    this.slots = new Map([...outputs.values()].map((cell) => [cell, new Slot(device, bytesOf(cell))]));
  }

  /** Runs that were asked for at the same time follow each other: one's results are read before the next overwrites them. */
  async run(feeds: Feeds, held: ReadonlySet<string>): Promise<Readonly<Record<string, Tensor | Held>>> {
    // what is fed may be disposed of while the run waits
    const fed = this.take(feeds);
    const before = this.latest;
    let done = () => {};
    this.latest = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      return await this.runAlone(feeds, fed, held);
    } finally {
      for (const memory of fed.values()) memory.drop();
      done();
    }
  }

  private async runAlone(
    feeds: Feeds,
    fed: ReadonlyMap<Cell, Memory>,
    held: ReadonlySet<string>,
  ): Promise<Readonly<Record<string, Tensor | Held>>> {
    const transfer = this.transferFor(feeds, held);
    for (const [cell, { address }] of fed) this.addresses.set(cell, address);
    this.feed(feeds, transfer);
    const kept = this.keep(transfer);
    try {
      for (const [cell, offset] of transfer.results.offsets)
        this.addresses.set(cell, transfer.results.address + offset);
      this.execute();
      const bytes = new Uint8Array(transfer.results.bytes);
      if (bytes.length > 0) await this.device.download(bytes, transfer.results.address);
      return await this.named(transfer, kept, bytes.buffer);
    } finally {
      for (const memory of kept.values()) memory.drop();
    }
  }

  release(): void {
    for (const { graph } of this.captured) this.device.forget(graph);
    for (const { feeds, results } of this.transfers)
      for (const { address, bytes } of [feeds, results]) this.device.free(address, bytes);
    for (const slot of this.slots.values()) slot.close();
    this.device.free(this.scratch, this.plan.memory.bytes);
  }

  /** What crosses between host and device if these inputs and outputs stay on the device. */
  private transferFor(feeds: Feeds, held: ReadonlySet<string>): Transfer {
    const { inputs, outputs } = this.plan;
    const fits = ({ fromHost, held: known }: Transfer): boolean => {
      if (known.size !== held.size) return false;
      for (const name of held) if (!known.has(name)) return false;
      for (const name of inputs.keys()) if (fromHost.has(name) === isHeld(feeds[name]!)) return false;
      return true;
    };
    const known = this.transfers.find(fits);
    if (known) return known;
    const fromHost = new Map([...inputs].filter(([name]) => !isHeld(feeds[name]!)));
    const kept = new Set([...held].map((name) => outputs.get(name)!));
    const returned = [...new Set(outputs.values())].filter((cell) => !kept.has(cell));
    const fed = blockOf(this.device, [...fromHost.values()]);
    try {
      const made = { fromHost, held: new Set(held), kept, feeds: fed, results: blockOf(this.device, returned) };
      this.transfers.push(made);
      return made;
    } catch (error) {
      this.device.free(fed.address, fed.bytes);
      throw error;
    }
  }

  /** The memory of the inputs that are held, kept for the run. */
  private take(feeds: Feeds): Map<Cell, Memory> {
    const taken = new Map<Cell, Memory>();
    try {
      for (const [name, cell] of this.plan.inputs) {
        const fed = feeds[name]!;
        if (!isHeld(fed)) continue;
        if (!(fed instanceof DeviceTensor && fed.device === this.device))
          fail(`input ${name}`, "must be held by the engine that runs the graph", "a tensor of another engine");
        taken.set(cell, (fed as DeviceTensor).shared());
      }
      return taken;
    } catch (error) {
      for (const memory of taken.values()) memory.drop();
      throw error;
    }
  }

  /** Copies the inputs from the host in one piece. */
  private feed(feeds: Feeds, { fromHost, feeds: block }: Transfer): void {
    const { addresses, device } = this;
    if (fromHost.size === 0) return;
    const staged = new Uint8Array(block.bytes);
    for (const [name, cell] of fromHost) {
      const bits = toBits(feeds[name] as Tensor);
      const offset = block.offsets.get(cell)!;
      staged.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), offset);
      addresses.set(cell, block.address + offset);
    }
    device.upload(block.address, staged);
  }

  /** Memory for the outputs that stay on the device, taken by the run until its tensors are made. */
  private keep({ kept }: Transfer): Map<Cell, Memory> {
    const memories = new Map<Cell, Memory>();
    try {
      for (const cell of kept) {
        const memory = this.slots.get(cell)!.memory().take();
        memories.set(cell, memory);
        this.addresses.set(cell, memory.address);
      }
    } catch (error) {
      for (const memory of memories.values()) memory.drop();
      throw error;
    }
    return memories;
  }

  /** The first run does everything one by one, which also loads cuBLAS's kernels; later runs replay a graph. */
  private execute(): void {
    if (this.runs++ === 0) this.device.use(() => this.issue());
    else this.device.replay(this.capturedHere().graph);
  }

  /** The graph for the current addresses. */
  private capturedHere(): Captured {
    const { addresses, outside, captured, device } = this;
    const here = outside.map((cell) => addresses.get(cell)!);
    const at = captured.findIndex((own) => own.addresses.every((address, i) => address === here[i]));
    const found = captured[at] ?? { addresses: here, graph: device.capture(() => this.issue()) };
    if (at !== 0) {
      if (at > 0) captured.splice(at, 1);
      captured.unshift(found);
    }
    for (const { graph } of captured.splice(MOST_GRAPHS)) device.forget(graph);
    return found;
  }

  private issue(): void {
    for (const work of this.plan.work) this.issueOne(work);
  }

  private issueOne(work: Work): void {
    const at = (cell: Cell) => this.addresses.get(cell)!;
    if (work.kind === "kernel") {
      const { name, threads } = work.kernel;
      const arrays = [...readsOf(work), ...writesOf(work)].map(at);
      this.device.launch(this.device.kernel(name), Math.ceil(threads / BLOCK), BLOCK, arrays);
      return;
    }
    const [a, b] = work.inputs as [Cell, Cell];
    const formats = { factor: a.format as FormatName, result: work.output.format as FormatName, tf32: this.tf32 };
    const { libraries, blas } = this.device;
    multiply(libraries.blas, blas, work.product, { a: at(a), b: at(b), c: at(work.output) }, formats);
  }

  private async named(
    { held, results }: Transfer,
    kept: ReadonlyMap<Cell, Memory>,
    bytes: ArrayBuffer,
  ): Promise<Readonly<Record<string, Tensor | Held>>> {
    const named: Record<string, Tensor | Held> = {};
    for (const [name, type] of this.graph.outputs) {
      const cell = this.plan.outputs.get(name)!;
      const memory = kept.get(cell);
      if (held.has(name)) named[name] = new DeviceTensor(this.device, type, memory!);
      else if (memory) named[name] = await readOnce(new DeviceTensor(this.device, type, memory));
      else named[name] = fromBytes(type, bytes, results.offsets.get(cell)!);
    }
    return named;
  }
}

/** An output that also stays on the device under another name. */
async function readOnce(tensor: DeviceTensor): Promise<Tensor> {
  try {
    return await tensor.read();
  } finally {
    tensor.dispose();
  }
}

/** What crosses between host and device, for one choice of the inputs and outputs that do. */
interface Transfer {
  readonly fromHost: ReadonlyMap<string, Cell>;
  /** The outputs that stay on the device, by name, and their arrays. */
  readonly held: ReadonlySet<string>;
  readonly kept: ReadonlySet<Cell>;
  readonly feeds: Block;
  readonly results: Block;
}

/** Arrays side by side, so that one copy brings them all. */
interface Block {
  readonly address: Handle;
  readonly bytes: number;
  readonly offsets: ReadonlyMap<Cell, number>;
}

function blockOf(device: Device, cells: readonly Cell[]): Block {
  const offsets = new Map<Cell, number>();
  let bytes = 0;
  for (const cell of cells) {
    offsets.set(cell, bytes);
    bytes += aligned(bytesOf(cell));
  }
  return { address: device.allocate(bytes), bytes, offsets };
}

/** The buffers of one output: one that was released is the next to be used, so that addresses return and graphs can be replayed. */
class Slot {
  private readonly free: Handle[] = [];
  private closed = false;

  constructor(
    private readonly device: Device,
    private readonly bytes: number,
  ) {}

  memory(): Memory {
    const address = this.free.shift() ?? this.device.allocate(this.bytes);
    return new Memory(address, (own) => (this.closed ? this.device.free(own, this.bytes) : this.free.push(own)));
  }

  close(): void {
    this.closed = true;
    for (const address of this.free.splice(0)) this.device.free(address, this.bytes);
  }
}

/** The formats that the device has, of those that a graph needs. @throws NonsmoothError if one is missing */
export function requireFormats({ nodes }: Graph, { formats, hasFormat }: Supported): void {
  const wrong = nodes.find(({ format }) => isFloat(format) && !hasFormat(format));
  if (wrong)
    fail("cuda", `computes in ${formats.join(", ")} on this GPU`, wrong.format, "onnx-cpu computes in every format");
}
