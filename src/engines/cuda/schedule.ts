/**
 * The order of a program's work. Neighbouring elementwise arrays with one number of elements become one kernel. Every one of them is rounded to
 * its format there as if it were alone, so joining them changes no bit.
 */
import type { Cell, Elementwise, Step } from "./cells";

/** Elementwise arrays that one kernel computes, operands before results. */
export interface Group {
  readonly kind: "group";
  /** A step with lanes, which the kernel does first. */
  readonly head?: StepEntry;
  readonly cells: readonly Cell[];
  /** Those that something outside the kernel reads, the head's among them. */
  readonly stored: readonly Cell[];
}

export interface StepEntry {
  readonly kind: "step";
  readonly step: Step;
  readonly outputs: readonly Cell[];
}

export type Entry = Group | StepEntry;

/** Enough for an optimizer's update; more would only hold registers. */
const LARGEST_GROUP = 48;

/**
 * @param cells every array of the program, operands before results
 * @param outputs those that the program returns
 * @param joins whether elementwise arrays are joined; false gives each a kernel of its own, for tests
 */
export function schedule(cells: readonly Cell[], outputs: ReadonlySet<Cell>, joins = true): Entry[] {
  const placed = joins ? sunk(place(cells, joins), outputs) : place(cells, joins);
  const read = storedCells(placed, outputs);
  return placed.map((entry) => {
    if (entry.kind === "step") return entry;
    return { ...entry, stored: [...(entry.head?.outputs ?? []), ...entry.cells].filter((cell) => read.has(cell)) };
  });
}

interface Open {
  readonly kind: "group";
  readonly head?: StepEntry;
  readonly cells: Cell[];
}

/** What a group computes. */
const madeBy = ({ head, cells }: Pick<Group, "head" | "cells">): Cell[] => [...(head?.outputs ?? []), ...cells];
const lengthOf = ({ head, cells }: Open): number => (head?.step.outputs[0] ?? cells[0]!).length;

/** Puts each array into the latest kernel that its operands allow, or into a new one. */
function place(cells: readonly Cell[], joins: boolean): (Open | StepEntry)[] {
  const entries: (Open | StepEntry)[] = [];
  const time = new Map<Cell, number>();
  const steps = new Map<Step, { readonly at: number; readonly outputs: Cell[] }>();
  /** The groups that read an array, by their places. */
  const readers = new Map<Cell, number[]>();
  for (const cell of cells) {
    const { source } = cell;
    if (source.kind === "step") {
      const known = steps.get(source.step) ?? { at: entries.length, outputs: [] };
      if (!steps.has(source.step))
        entries.push(entryOf({ kind: "step", step: source.step, outputs: known.outputs }, joins));
      steps.set(source.step, known);
      known.outputs.push(cell);
      time.set(cell, known.at);
    } else if (source.kind === "elementwise") {
      const at = (joins ? joinable(cell, source, { entries, time, readers }) : undefined) ?? entries.length;
      if (at === entries.length) entries.push({ kind: "group", cells: [] });
      (entries[at] as Open).cells.push(cell);
      time.set(cell, at);
      for (const operand of readBy(cell)) readers.set(operand, [...(readers.get(operand) ?? []), at]);
    }
  }
  return entries;
}

const entryOf = (entry: StepEntry, joins: boolean): Open | StepEntry =>
  joins && hasLanes(entry.step) ? { kind: "group", head: entry, cells: [] } : entry;

const hasLanes = ({ work }: Step): boolean => work.kind === "kernel" && work.lanes !== undefined;

interface Placing {
  readonly entries: readonly (Open | StepEntry)[];
  readonly time: ReadonlyMap<Cell, number>;
  readonly readers: ReadonlyMap<Cell, readonly number[]>;
}

/** A kernel that computes an operand, or reads one, and that comes after everything that the array needs. */
function joinable(cell: Cell, source: Elementwise, { entries, time, readers }: Placing): number | undefined {
  // constants are written into the source
  const all = readBy(cell).filter((operand) => operand.source.kind !== "constant");
  const earliest = Math.max(-1, ...all.map((operand) => time.get(operand) ?? -1));
  const related = new Set(all.flatMap((operand) => [time.get(operand) ?? -1, ...(readers.get(operand) ?? [])]));
  const fits = (at: number): boolean => {
    const entry = entries[at];
    if (at < earliest || entry?.kind !== "group" || entry.cells.length >= LARGEST_GROUP) return false;
    if (lengthOf(entry) !== cell.length) return false;
    // what the kernel itself computes can only be read in place
    const own = new Set(madeBy(entry));
    const elsewhere = source.operands.some(({ cell: x, map }) => map !== "same" && (own.has(x) || own.has(map.via!)));
    return !elsewhere;
  };
  return [...related].sort((a, b) => a - b).find(fits);
}

/** Every array that an array is made from, arrays of indices included. */
export function readBy({ source }: Cell): readonly Cell[] {
  if (source.kind === "step") return source.step.inputs;
  if (source.kind !== "elementwise") return [];
  return source.operands.flatMap(({ cell, map }) => (map !== "same" && map.via ? [cell, map.via] : [cell]));
}

/**
 * A group that only one later group needs becomes a part of that: an optimizer's μ·m waits for the gradient rather than being written and read again.
 */
function sunk(entries: readonly (Open | StepEntry)[], outputs: ReadonlySet<Cell>): (Open | StepEntry)[] {
  const left = [...entries];
  for (let at = left.length - 1; at >= 0; at--) {
    const entry = left[at]!;
    if (entry.kind === "step" || entry.head || entry.cells.some((cell) => outputs.has(cell))) continue;
    const readers = left.filter((other, k) => k > at && readsFrom(other, entry.cells));
    const [only] = readers;
    if (readers.length !== 1 || only!.kind === "step" || !mayHold(only as Open, entry)) continue;
    (only as Open).cells.unshift(...entry.cells);
    left.splice(at, 1);
  }
  return left;
}

function readsFrom(entry: Open | StepEntry, cells: readonly Cell[]): boolean {
  const read = new Set(inputsOf(entry));
  return cells.some((cell) => read.has(cell));
}

/** Whether a group can compute an earlier one as well: they have as many elements, and it reads them in place. */
function mayHold(group: Open, earlier: Open): boolean {
  const own = new Set(earlier.cells);
  const { cells, head } = group;
  const elsewhere = cells.some(({ source }) =>
    (source as Elementwise).operands.some(({ cell, map }) => map !== "same" && (own.has(cell) || own.has(map.via!))),
  );
  const fits = cells.length + earlier.cells.length <= LARGEST_GROUP && lengthOf(group) === lengthOf(earlier);
  return fits && !elsewhere && !head?.step.inputs.some((cell) => own.has(cell));
}

/** The arrays that must be in memory: outputs, and those that another kernel or a step reads. */
function storedCells(entries: readonly (Open | StepEntry)[], outputs: ReadonlySet<Cell>): Set<Cell> {
  return new Set([...outputs, ...entries.flatMap(inputsOf)]);
}

/** What a step or a kernel reads from memory. */
export const inputsOf = (entry: StepEntry | Pick<Group, "kind" | "head" | "cells">): readonly Cell[] =>
  entry.kind === "step" ? entry.step.inputs : loadsOf(entry);

/** What a kernel reads from memory, its head's inputs first. */
export function loadsOf(group: Pick<Group, "head" | "cells">): Cell[] {
  const own = new Set(madeBy(group));
  const read = group.cells.flatMap(readBy);
  const loads = read.filter((cell) => !own.has(cell) && cell.source.kind !== "constant");
  return [...new Set([...(group.head?.step.inputs ?? []), ...loads])];
}
