/** Steps whose results have not been read: the engine computes them while the host prepares the next ones. */
import type { Held, Results } from "../engines";
import type { Tensor } from "../ir";

/** A step that was sent to the engine, and what it gives beside the new state. */
export interface Pending {
  readonly index: number;
  readonly lr: number;
  readonly results: Readonly<Record<string, Tensor | Held>>;
}

/** The results on the host; those that were held are freed. */
export async function readAll(results: Pending["results"]): Promise<Results> {
  const read: Record<string, Tensor> = {};
  for (const [name, x] of Object.entries(results)) read[name] = "data" in x ? x : await x.read();
  disposeAll(results);
  return read;
}

export function disposeAll(results: Pending["results"]): void {
  for (const x of Object.values(results)) if (!("data" in x)) x.dispose();
}
