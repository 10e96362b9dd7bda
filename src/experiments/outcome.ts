import type { Row } from "../runs";
import { NonsmoothError } from "../util";

/**
 * Refuses the result of an experiment whose every run broke off: it answers nothing.
 * @throws NonsmoothError with the first reason
 */
export function requireAnswer(experiment: string, rows: readonly Row[]): void {
  const failed = rows.filter(({ outcome }) => outcome === "failed");
  const isAnswered = rows.some(({ outcome }) => outcome !== "failed" && outcome !== "running");
  if (failed.length === 0 || isAnswered) return;
  throw new NonsmoothError(experiment, "at least one run must come to its end", {
    got: `${failed.length} that broke off, the first: ${failed[0]!.reason}`,
    hint: "--fresh (fresh: true) begins anew",
  });
}
