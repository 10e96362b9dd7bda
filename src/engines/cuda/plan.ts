/** A graph as work on the device: arrays, kernels and products in order, and where each array lies. */
import { constantValue, elements, type Graph, inputName, isConstant, isInput, type Value } from "../../ir";
import type { OpName } from "../../ops";
import { postOrder } from "../../util";
import { Builder } from "./builder";
import type { Cell, ProductWork, Source, Step } from "./cells";
import { elementwiseKernel } from "./code/elementwise";
import { type Kernel, kernel } from "./code/kernel";
import { PRELUDE } from "./code/prelude";
import { lowerings } from "./lower";
import { type Life, type MemoryPlan, planMemory } from "./memory-plan";
import { type Entry, type Group, inputsOf, readBy, schedule } from "./schedule";

export interface PlanOptions {
  /** Whether neighbouring elementwise arrays become one kernel; default true. */
  readonly joins?: boolean;
}

export type Work =
  | { readonly kind: "kernel"; readonly kernel: Kernel }
  | {
      readonly kind: "product";
      readonly product: ProductWork;
      readonly inputs: readonly Cell[];
      readonly output: Cell;
    };

export interface Plan {
  readonly work: readonly Work[];
  /** The arrays that are fed, by name; those that nothing reads are left out. */
  readonly inputs: ReadonlyMap<string, Cell>;
  readonly outputs: ReadonlyMap<string, Cell>;
  /** Of all arrays that are neither fed nor returned. */
  readonly memory: MemoryPlan;
}

export function planGraph(graph: Graph, { joins = true }: PlanOptions = {}): Plan {
  const { cells: byValue, inputs } = cellsOf(graph);
  const builder = new Builder();
  const outputs = new Map<string, Cell>();
  for (const [name, value] of graph.outputs) {
    const cell = byValue.get(value)!;
    const isLeaf = cell.source.kind === "input" || cell.source.kind === "constant";
    outputs.set(name, isLeaf ? builder.copy(cell) : cell);
  }
  const returned = new Set(outputs.values());
  const entries = schedule(postOrder([...outputs.values()], readBy), returned, joins);
  const work = (joins ? bundled(entries, returned) : entries.map((entry) => [entry])).map(workOf);
  const outside = new Set([...inputs.values(), ...returned]);
  return { work, inputs, outputs, memory: planMemory(livesOf(work, outside)) };
}

/**
 * The kernels of a graph as CUDA C, for readers: what runs on the device, beside cuBLAS's products.
 *
 * @example
 * ```ts
 * import { cudaSource, graph, input, ops } from "nonsmooth";
 *
 * const x = input("x", "f32", [1024]);
 * const source = cudaSource(graph({ y: ops.relu(x) }));
 * console.log(source.split("\n").filter((line) => line.includes(" ? 0 : ")).at(-1)!.trim()); // const float v1 = x0_0 < 0 ? 0 : x0_0;
 * ```
 */
export function cudaSource(graph: Graph, options?: PlanOptions): string {
  const kernels = planGraph(graph, options).work.flatMap((own) => (own.kind === "kernel" ? [own.kernel.source] : []));
  return [PRELUDE, ...new Set(kernels)].join("\n");
}

function cellsOf(graph: Graph): { readonly cells: ReadonlyMap<Value, Cell>; readonly inputs: Map<string, Cell> } {
  const builder = new Builder();
  const cells = new Map<Value, Cell>();
  const inputs = new Map<string, Cell>();
  for (const node of graph.nodes) {
    const cell = cellOf(builder, cells, node);
    if (cell.source.kind === "input") inputs.set(cell.source.name, cell);
    cells.set(node, cell);
  }
  return { cells, inputs };
}

function cellOf(builder: Builder, cells: ReadonlyMap<Value, Cell>, node: Value): Cell {
  const kind = { format: node.format, length: elements(node) };
  if (isInput(node)) return { ...kind, source: { kind: "input", name: inputName(node) } };
  if (isConstant(node)) return { ...kind, source: { kind: "constant", value: constantValue(node) } };
  const operands = node.inputs.map((value) => ({ cell: cells.get(value)!, shape: value.shape }));
  // biome-ignore lint/suspicious/noExplicitAny: the table's key and the attributes belong together by construction
  return lowerings[node.op.name as OpName](builder, operands, node.attributes as any, node);
}

/** Arrays of one kernel: CUDA passes at most 4096 bytes of parameters to older devices. */
const MOST_ARRAYS = 400;

/**
 * Groups whose results are only returned, such as the updates of all parameters, need nothing of each other: they become one kernel at the end.
 */
function bundled(entries: readonly Entry[], outputs: ReadonlySet<Cell>): (readonly Entry[])[] {
  const read = new Set(entries.flatMap(inputsOf));
  const isLast = (entry: Entry) =>
    entry.kind === "group" && !entry.head && entry.stored.every((cell) => outputs.has(cell) && !read.has(cell));
  const bundles: Group[][] = [];
  let arrays = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    if (entry.kind !== "group" || !isLast(entry)) continue;
    const own = inputsOf(entry).length + entry.stored.length;
    if (arrays + own > MOST_ARRAYS) bundles.push([]);
    arrays = arrays + own > MOST_ARRAYS ? own : arrays + own;
    bundles.at(-1)!.push(entry);
  }
  return [...entries.filter((entry) => !isLast(entry)).map((entry) => [entry]), ...bundles];
}

function workOf(entries: readonly Entry[]): Work {
  const [entry] = entries as [Entry];
  if (entry.kind === "group") return { kind: "kernel", kernel: elementwiseKernel(entries as readonly Group[]) };
  const { step, outputs } = entry;
  const { inputs, work } = step;
  if (work.kind === "kernel" && work.lanes !== undefined)
    return { kind: "kernel", kernel: elementwiseKernel([{ kind: "group", head: entry, cells: [], stored: outputs }]) };
  if (work.kind === "product") return { kind: "product", product: work, inputs, output: outputs[0]! };
  // a result that nothing needs is written nevertheless
  const written = step.outputs.map(
    (kind, output) =>
      outputs.find(({ source }) => (source as StepSource).output === output) ?? unused(kind, step, output),
  );
  return { kind: "kernel", kernel: kernel({ inputs, outputs: written, threads: work.threads, body: work.body }) };
}

type StepSource = Extract<Source, { readonly kind: "step" }>;

const unused = (kind: Pick<Cell, "format" | "length">, step: Step, output: number): Cell => ({
  ...kind,
  source: { kind: "step", step, output },
});

export const readsOf = (work: Work): readonly Cell[] => (work.kind === "kernel" ? work.kernel.inputs : work.inputs);
export const writesOf = (work: Work): readonly Cell[] => (work.kind === "kernel" ? work.kernel.outputs : [work.output]);

/** From the work that writes an array to the last that reads it. */
function livesOf(work: readonly Work[], outside: ReadonlySet<Cell>): Life[] {
  const lives = new Map<Cell, { from: number; to: number }>();
  for (const [at, own] of work.entries()) {
    for (const cell of [...writesOf(own), ...readsOf(own)]) {
      if (outside.has(cell)) continue;
      const life = lives.get(cell) ?? { from: at, to: at };
      lives.set(cell, { from: life.from, to: at });
    }
  }
  return [...lives].map(([cell, life]) => ({ cell, ...life }));
}
