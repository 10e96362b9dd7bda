/** Which datasets the project's notebooks will find. */
import { realOf, resolveDataset } from "../data";
import { type Evidence, refuseWeaker } from "../experiments";

/** A choice of the library, and the dataset that it led to. */
export interface Found {
  readonly choice: string;
  readonly name: string;
  /** What the user is told. */
  readonly line: string;
}

/** Resolves the datasets that notebooks ask for, including the download that they would try. */
export async function findDatasets(directory: string | undefined, signal: AbortSignal): Promise<Found[]> {
  const found: Found[] = [];
  for (const choice of ["auto", "auto-colour"]) {
    const { name, reason, hint } = await resolveDataset(choice, { directory, signal });
    found.push({ choice, name, line: `data: ${name}, ${reason}${hint ? `\nHint: ${hint}` : ""}` });
  }
  return found;
}

/**
 * Refuses, before anything is computed, to replace a notebook by one that is known to be weaker evidence.
 * @throws NonsmoothError that names both
 */
export function refuseBefore(
  what: string,
  preset: string,
  found: readonly Found[],
  before: Evidence | undefined,
): void {
  if (!before) return;
  const names = found.map(({ name }) => name);
  const drawn = names.filter((name) => before.datasets.includes(realOf(name) ?? ""));
  refuseWeaker(what, { preset, datasets: drawn.length > 0 ? drawn : before.datasets }, before);
}
