/** The source of a kernel that computes a group of elementwise arrays. */
import type { Access, Cell, Elementwise, IndexMap, KernelWork } from "../cells";
import { type Group, loadsOf } from "../schedule";
import { BLOCK, type Kernel, kernel } from "./kernel";
import { each, indented, widthThat } from "./lines";
import { literal, storedAs } from "./numbers";

/** @param groups one, or several that do not need each other: each then has blocks of its own in one kernel */
export function elementwiseKernel(groups: readonly Group[]): Kernel {
  const inputs = [...new Set(groups.flatMap(loadsOf))];
  const outputs = groups.flatMap(({ stored }) => stored);
  const parts = groups.map((group) => partOf(group, inputs, outputs));
  const [only] = parts;
  if (parts.length === 1) return kernel({ inputs, outputs, ...only! });
  let blocks = 0;
  const bodies = parts.map(({ threads, body }) => {
    const first = blocks;
    blocks += Math.ceil(threads / BLOCK);
    const place = `(index)(blockIdx.x - ${first}) * blockDim.x + threadIdx.x`;
    return `if (blockIdx.x < ${blocks}) {\n  const index t = ${place};\n  if (t >= ${threads}) return;\n${indented(body)}\n  return;\n}`;
  });
  return kernel({ inputs, outputs, threads: blocks * BLOCK, body: bodies.join("\n") });
}

/** @param inputs of the whole kernel @param outputs of the whole kernel */
function partOf(group: Group, inputs: readonly Cell[], outputs: readonly Cell[]) {
  const { head, cells } = group;
  const work = head && (head.step.work as KernelWork);
  const width = work?.lanes ?? vectorWidth(group);
  const writer = new Writer(group, inputs, outputs, width);
  for (const cell of head?.outputs ?? []) writer.receive(cell, (cell.source as { readonly output: number }).output);
  for (const cell of cells) writer.compute(cell);
  const threads = work?.threads ?? cells[0]!.length / width;
  return { threads, body: work ? `${work.body}\n${writer.body()}` : writer.body() };
}

/** As many elements for a thread as its widest array allows in 16 bytes. */
function vectorWidth(group: Group): number {
  const { length } = group.cells[0]!;
  const vectors = [...loadsOf(group).filter((cell) => cell.length === length), ...group.stored];
  const widest = Math.max(...vectors.map(({ format }) => storedAs(format).bytes));
  return widthThat((width) => length % width === 0, widest);
}

/** Collects the kernel's lines: loads of vectors, then the element's own lines in a loop, then the stores. */
class Writer {
  private readonly before: string[] = [];
  private readonly lines: string[] = [];
  /** The element's value of each array, and of each load. */
  private readonly names = new Map<string, string>();
  private readonly number: Map<Cell, number>;

  constructor(
    private readonly group: Group,
    private readonly inputs: readonly Cell[],
    private readonly outputs: readonly Cell[],
    private readonly width: number,
  ) {
    const { head, cells } = group;
    this.number = new Map([...loadsOf(group), ...(head?.outputs ?? []), ...cells].map((cell, i) => [cell, i]));
  }

  /** What the head has left as r<output>. */
  receive(cell: Cell, output: number): void {
    this.value(cell, storedAs(cell.format).round(`r${output}[j]`));
  }

  compute(cell: Cell): void {
    const { operands, formula, rounds } = cell.source as Elementwise;
    const words = formula(
      operands.map((access) => this.read(access)),
      "i",
    );
    this.value(cell, rounds ? storedAs(cell.format).round(words) : words);
  }

  private value(cell: Cell, words: string): void {
    const { carrier, store } = storedAs(cell.format);
    const name = `v${this.number.get(cell)!}`;
    this.lines.push(`const ${carrier} ${name} = ${words};`);
    this.names.set(this.keyOf(this.number.get(cell)!, "same"), name);
    const at = this.group.stored.indexOf(cell);
    if (at >= 0) this.lines.push(`o${at}.v[j] = ${store(name)};`);
  }

  body(): string {
    const { width, outputs } = this;
    const { stored } = this.group;
    const packs = stored.map(({ format }, k) => `Pack<${storedAs(format).type}, ${width}> o${k};`);
    const stores = stored.map((cell, k) => `store<${width}>(y${outputs.indexOf(cell)}, t, o${k});`);
    return [
      ...this.before,
      ...packs,
      each(width, "{"),
      `  const index i = t * ${width} + j;`,
      ...this.lines.map((line) => `  ${line}`),
      "}",
      ...stores,
    ].join("\n");
  }

  /** The operand's element as a C expression of its carrier. */
  private read({ cell, map }: Access): string {
    if (cell.source.kind === "constant") return literal(cell.format, cell.source.value);
    const number = this.number.get(cell)!;
    const key = this.keyOf(number, map);
    const known = this.names.get(key);
    if (known) return known;
    const name = `x${number}_${this.names.size}`;
    this.names.set(key, name);
    const { carrier, load } = storedAs(cell.format);
    this.lines.push(`const ${carrier} ${name} = ${load(this.element(number, cell, map))};`);
    return name;
  }

  /** Loads what the whole thread needs before the loop; returns the stored element's expression. */
  private element(number: number, cell: Cell, map: Access["map"]): string {
    const at = this.inputs.indexOf(cell);
    const { width } = this;
    const { type } = storedAs(cell.format);
    const pack = `p${number}_${this.before.length}`;
    if (map === "same") {
      this.before.push(`const Pack<${type}, ${width}> ${pack} = load<${width}>(x${at}, t);`);
      return `${pack}.v[j]`;
    }
    const place = (i: string) => this.placeIn(map, i);
    if (map.run % width !== 0 && Number.isFinite(map.run)) return `x${at}[${place("i")}]`;
    if (map.step === 0) {
      this.before.push(`const ${type} ${pack} = x${at}[${place(`t * ${width}`)}];`);
      return pack;
    }
    this.before.push(
      `const Pack<${type}, ${width}> ${pack} = load<${width}>(x${at}, (${place(`t * ${width}`)}) / ${width});`,
    );
    return `${pack}.v[j]`;
  }

  private keyOf(number: number, map: "same" | IndexMap): string {
    return `${number} ${map === "same" ? "same" : this.placeIn(map, "i")}`;
  }

  /** The place of element i in C. */
  private placeIn({ index, via }: IndexMap, i: string): string {
    return index(i, via ? `x${this.inputs.indexOf(via)}` : "");
  }
}
