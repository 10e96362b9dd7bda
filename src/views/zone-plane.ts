/** The plane of weights around the first exact zero of a training. */
import type { PlaneSummary } from "../experiments";
import type { PublishedFindingRow } from "./surprise";

/**
 * What the published map shows (the figure of the introduction, and the released notebook's own words), and the same of ours.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { publishedZoneTable, runExperiment, zonePlane } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const run = await runExperiment(zonePlane, { preset: "smoke", set: { points: 4 }, runs, workers: 0 });
 * for (const { what, published, ours } of publishedZoneTable(run)) console.log(what, "|", published, "|", ours);
 * ```
 */
export function publishedZoneTable({ summary }: { readonly summary: PlaneSummary }): PublishedFindingRow[] {
  const { place, zeros32, points, smallest64, largest64 } = summary;
  return [
    { what: "iteration", published: "65", ours: place ? String(place.iteration) : "none" },
    { what: "image of the mini-batch", published: "117", ours: place ? String(place.sample) : "none" },
    { what: "hidden layer, neuron", published: "1, 267", ours: place ? `${place.layer}, ${place.neuron}` : "none" },
    { what: "|z| in 64 bits: bottom of the valley", published: "about 1e-9", ours: sizeText(smallest64) },
    { what: "|z| in 64 bits: largest", published: "above 1e-6", ours: sizeText(largest64) },
    { what: "points exactly 0 in 32 bits", published: "not given", ours: `${zeros32} of ${points}` },
  ];
}

const sizeText = (size: number | null): string => size?.toExponential(1) ?? "none";
