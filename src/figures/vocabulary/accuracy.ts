/** Axes of accuracies: what they begin and end at, and where chance lies. */
import { dataSources } from "../../data";
import type { Layout } from "../types";
import { CUT, type Panel, panelNote } from "./panels";

const INK = "#222222";
/** So far above chance an axis is drawn down to it. */
const NEAR = 0.05;

/** The accuracy of guesses; undefined for data whose number of classes is not known here. */
export function chanceOf({ dataset }: { readonly dataset: string }): number | undefined {
  const source = dataSources.find(({ name }) => name === dataset);
  return source && 1 / source.classes;
}

/**
 * From below the lowest of these accuracies, and below chance where they come near it, to above the highest, but not above 100 %.
 * @param marks whether there are marks with numbers on the floor
 */
export function accuracyRange(shown: readonly number[], chance?: number, marks = false): readonly [number, number] {
  const [low, high] = shown.length > 0 ? [Math.min(...shown), Math.max(...shown)] : [0, 1];
  const lowest = chance !== undefined && low < chance + NEAR ? Math.min(low, chance) : low;
  const room = Math.max(0.005, 0.08 * (high - lowest));
  return [lowest - (marks ? 2 : 1) * room, Math.min(high + room, 1 + 0.1 * room)];
}

/** An axis with such a range. */
export const accuracyAxis = (range: readonly [number, number]): Layout => ({
  title: { text: range[0] > 0 ? `test accuracy ${CUT}` : "test accuracy" },
  tickformat: ".1%",
  range,
});

/** A line at chance, with its name, where the panel's axis reaches down to it. */
export function chanceLine(panel: Panel, [low]: readonly [number, number], chance: number | undefined): Layout {
  if (chance === undefined || chance < low) return {};
  const { suffix } = panel;
  const [x, y] = [`x${suffix} domain`, `y${suffix}`];
  const line = { color: INK, dash: "dash", width: 1 };
  const text = `chance: ${Number((100 * chance).toPrecision(3))} %`;
  return {
    shapes: [{ type: "line", layer: "below", line, x0: 0, x1: 1, xref: x, y0: chance, y1: chance, yref: y }],
    annotations: [{ ...panelNote(panel, text, "right"), y: chance, yref: y }],
  };
}
