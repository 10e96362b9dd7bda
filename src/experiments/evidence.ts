/** What a run is worth as evidence compared with another one, so that committed rows and figures are not replaced by weaker ones. */
import { realOf } from "../data";
import type { Manifest } from "../runs";
import { fail } from "../util";
import { presetNames } from "./config";

export interface Evidence {
  /** Absent where it is not known. */
  readonly preset?: string;
  readonly datasets: readonly string[];
  /** Absent for what has not been run yet. */
  readonly rows?: number;
}

/** The part of a run's manifest that is looked at. */
type Recorded = Pick<Manifest, "rows"> & Partial<Pick<Manifest, "preset" | "config" | "environment">>;

/** What a run's manifest says about it. */
export function evidenceOf({ preset, config, environment, rows }: Recorded): Evidence & { readonly rows: number } {
  const recorded = environment?.dataset as { readonly name?: string } | undefined;
  const name = recorded?.name ?? config?.dataset;
  return { ...(preset !== undefined && { preset }), datasets: typeof name === "string" ? [name] : [], rows };
}

/** Several runs as one: all datasets, all rows, and the preset if it is the same. */
export function sumOfEvidence(parts: readonly Evidence[]): Evidence & { readonly rows: number } {
  const presets = [...new Set(parts.map((part) => part.preset))];
  return {
    ...(presets.length === 1 && presets[0] !== undefined && { preset: presets[0] }),
    datasets: [...new Set(parts.flatMap((part) => part.datasets))].sort(),
    rows: parts.reduce((sum, { rows = 0 }) => sum + rows, 0),
  };
}

/** Why the new evidence is weaker than the old one: synthetic data in place of real data, a lower preset, fewer rows. */
export function weaknesses(now: Evidence, before: Evidence): string[] {
  const rank = ({ preset }: Evidence) => (presetNames as readonly (string | undefined)[]).indexOf(preset);
  const found: string[] = [];
  const drawn = now.datasets.filter((name) => realOf(name) !== undefined && !before.datasets.includes(name));
  if (drawn.length > 0 && before.datasets.length > 0) found.push("synthetic data");
  if (rank(now) >= 0 && rank(now) < rank(before)) found.push("a lower preset");
  if ((now.rows ?? Number.POSITIVE_INFINITY) < (before.rows ?? 0)) found.push("fewer rows");
  return found;
}

/**
 * Refuses to replace what is there with weaker evidence.
 * @param what what would be replaced: "figures/zeros"
 * @throws NonsmoothError that names both
 */
export function refuseWeaker(what: string, now: Evidence, before: Evidence | undefined): void {
  const found = before === undefined ? [] : weaknesses(now, before);
  if (found.length === 0) return;
  fail(
    what,
    `must not be replaced by ${found.join(" and ")}: it is from ${evidenceText(before!)}`,
    evidenceText(now),
    "--force (NONSMOOTH_FORCE=1 in a kernel) replaces it anyway; without --in-place the new one goes to out/",
  );
}

/** "mnist, preset laptop, 1,664 rows" */
export function evidenceText({ preset, datasets, rows }: Evidence): string {
  const data = datasets.length > 0 ? datasets.join(" and ") : "data not recorded";
  const from = preset === undefined ? "preset not recorded" : `preset ${preset}`;
  const count = rows === undefined ? [] : [`${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`];
  return [data, from, ...count].join(", ");
}
