/**
 * A program on the device. What it does is captured as a CUDA graph for each set of addresses that it is fed with: in a training the state goes from one
 * set of buffers into another and back, so two graphs are enough, and no step copies state or waits for the host.
 */
import { type FormatName, isFloat } from "../../formats";
import type { Graph, Tensor } from "../../ir";
import { fail } from "../../util";
import type { Compiled, Feeds, Held } from "../engine";
import { isHeld } from "../engine";
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

class CudaProgram {
  private readonly scratch: Handle;
  /** Blocks for what is fed from the host and for what goes back to it, by which inputs and outputs these are. */
  private readonly blocks = new Map<string, Block>();
  private readonly slots: ReadonlyMap<Cell, Slot>;
  private readonly graphs = new Map<string, Handle>();
  private runs = 0;

  constructor(
    private readonly device: Device,
    private readonly graph: Graph,
    private readonly plan: Plan,
    private readonly tf32: boolean,
  ) {
    device.load(plan.work.flatMap((own) => (own.kind === "kernel" ? [own.kernel] : [])));
    this.scratch = device.allocate(plan.memory.bytes);
    this.slots = new Map([...plan.outputs.values()].map((cell) => [cell, new Slot(device, bytesOf(cell))]));
  }

  async run(feeds: Feeds, held: ReadonlySet<string>): Promise<Readonly<Record<string, Tensor | Held>>> {
    const addresses = new Map<Cell, Handle>();
    for (const [cell, offset] of this.plan.memory.offsets) addresses.set(cell, this.scratch + offset);
    this.feed(feeds, addresses);
    const kept = this.keep(held, addresses);
    const results = this.blockFor(this.returned(held));
    for (const [cell, offset] of results.offsets) addresses.set(cell, results.address + offset);
    this.execute(addresses);
    const bytes = new Uint8Array(results.bytes);
    if (results.bytes > 0) await this.device.download(bytes, results.address);
    return this.named(held, kept, results, bytes.buffer);
  }

  release(): void {
    for (const graph of this.graphs.values()) this.device.forget(graph);
    for (const { address, bytes } of this.blocks.values()) this.device.free(address, bytes);
    for (const slot of this.slots.values()) slot.close();
    this.device.free(this.scratch, this.plan.memory.bytes);
  }

  /** Addresses of the inputs; those from the host are copied in one piece. */
  private feed(feeds: Feeds, addresses: Map<Cell, Handle>): void {
    const fromHost: Cell[] = [];
    for (const [name, cell] of this.plan.inputs) {
      const fed = feeds[name]!;
      if (!isHeld(fed)) fromHost.push(cell);
      else if (fed instanceof DeviceTensor && fed.device === this.device) addresses.set(cell, fed.address);
      else fail(`input ${name}`, "must be held by the engine that runs the graph", "a tensor of another engine");
    }
    const block = this.blockFor(fromHost);
    if (block.bytes === 0) return;
    const staged = new Uint8Array(block.bytes);
    for (const [cell, offset] of block.offsets) {
      const bits = toBits(feeds[(cell.source as { name: string }).name] as Tensor);
      staged.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), offset);
      addresses.set(cell, block.address + offset);
    }
    this.device.upload(block.address, staged);
  }

  /** Memory for the outputs that stay on the device. */
  private keep(held: ReadonlySet<string>, addresses: Map<Cell, Handle>): Map<Cell, Memory> {
    const kept = new Map<Cell, Memory>();
    for (const name of held) {
      const cell = this.plan.outputs.get(name)!;
      if (kept.has(cell)) continue;
      const memory = this.slots.get(cell)!.memory();
      kept.set(cell, memory);
      addresses.set(cell, memory.address);
    }
    return kept;
  }

  /** The outputs that go back to the host, and are not kept under another name. */
  private returned(held: ReadonlySet<string>): Cell[] {
    const kept = new Set([...held].map((name) => this.plan.outputs.get(name)!));
    return [...new Set(this.plan.outputs.values())].filter((cell) => !kept.has(cell));
  }

  private blockFor(cells: readonly Cell[]): Block {
    const key = cells.map((cell) => this.numbers.get(cell)).join(" ");
    let block = this.blocks.get(key);
    if (!block) {
      block = blockOf(this.device, cells);
      this.blocks.set(key, block);
    }
    return block;
  }

  private get numbers(): ReadonlyMap<Cell, number> {
    this.known ??= new Map([...this.plan.inputs.values(), ...this.plan.outputs.values()].map((cell, i) => [cell, i]));
    return this.known;
  }
  private known: ReadonlyMap<Cell, number> | undefined;

  /** The first run does everything one by one, which also loads cuBLAS's kernels; later runs replay a graph. */
  private execute(addresses: ReadonlyMap<Cell, Handle>): void {
    if (this.runs++ === 0) {
      this.device.use(() => this.issue(addresses));
      return;
    }
    const outside = [...this.numbers.keys()].map((cell) => addresses.get(cell));
    const key = outside.join(" ");
    const graph = this.graphs.get(key) ?? this.device.capture(() => this.issue(addresses));
    this.graphs.delete(key);
    this.graphs.set(key, graph);
    const [oldest] = this.graphs.keys();
    if (this.graphs.size > MOST_GRAPHS) {
      this.device.forget(this.graphs.get(oldest!)!);
      this.graphs.delete(oldest!);
    }
    this.device.replay(graph);
  }

  private issue(addresses: ReadonlyMap<Cell, Handle>): void {
    for (const work of this.plan.work) this.issueOne(work, addresses);
  }

  private issueOne(work: Work, addresses: ReadonlyMap<Cell, Handle>): void {
    const at = (cell: Cell) => addresses.get(cell)!;
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
    held: ReadonlySet<string>,
    kept: ReadonlyMap<Cell, Memory>,
    results: Block,
    bytes: ArrayBuffer,
  ): Promise<Readonly<Record<string, Tensor | Held>>> {
    const named: Record<string, Tensor | Held> = {};
    for (const [name, type] of this.graph.outputs) {
      const cell = this.plan.outputs.get(name)!;
      const offset = results.offsets.get(cell);
      const memory = kept.get(cell);
      if (held.has(name)) named[name] = new DeviceTensor(this.device, type, memory!);
      else if (offset !== undefined) named[name] = fromBytes(type, bytes, offset);
      else named[name] = await readOnce(new DeviceTensor(this.device, type, memory!));
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
export function requireFormats({ nodes }: Graph, formats: readonly FormatName[]): void {
  const wrong = nodes.find(({ format }) => isFloat(format) && !formats.includes(format));
  if (wrong)
    fail("cuda", `computes in ${formats.join(", ")} on this GPU`, wrong.format, "onnx-cpu computes in every format");
}
