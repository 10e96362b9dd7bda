/** Published numbers on our axes: there, unless they would crush ours. */
import type { Layout } from "../types";
import { type Panel, panelNote } from "./panels";

/** An axis may become so many times as long for the sake of published numbers. */
const LONGER = 1.5;

/**
 * Whether published numbers share an axis with ours.
 * @param ours as the axis places them: logarithms where it is logarithmic
 * @param theirs in the same way
 * @param least the length that the axis has at least
 */
export function isInReach(ours: readonly number[], theirs: readonly number[], least: number): boolean {
  if (ours.length === 0 || theirs.length === 0) return true;
  return lengthOf([...ours, ...theirs]) <= LONGER * Math.max(lengthOf(ours), least);
}

const lengthOf = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers);

/** A line over the panel that says between what the published numbers lie that it leaves out. */
export function notDrawnNote(panel: Panel, theirs: readonly number[], said: (one: number) => string): Layout {
  const ends = [...new Set([Math.min(...theirs), Math.max(...theirs)].map(said))];
  return panelNote(panel, `published, not drawn here: ${ends.join(" to ")}`, "right");
}
