import type { Row } from "../runs";
import type { Experiment } from "./types";

/**
 * Says how many rows are of no run that the configuration asks for; says nothing where there are none. Such rows were put there by hand, or by
 * another program: a run sets them aside, in stray.jsonl, where they are neither counted nor drawn.
 */
export function tellStray<C extends object, S, R extends Row>(
  experiment: Experiment<C, S, R>,
  config: C,
  rows: readonly R[],
  log: (line: string) => void,
): void {
  const stray = experiment.stray(rows, config);
  const [first] = stray;
  if (first === undefined) return;
  const [are, they] = stray.length === 1 ? ["is", "it"] : ["are", "them"];
  log(
    `rows.jsonl: ${stray.length} of ${rows.length} rows ${are} of no run that the configuration asks for, ` +
      `the first with the key ${experiment.rows.key(first)}; a run sets ${they} aside in stray.jsonl`,
  );
}
