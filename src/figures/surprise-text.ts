/** The words of the figure `surprise`. */

import type { SurpriseConfig, SurpriseSummary } from "../experiments";
import { inOrder } from "../formats";
import { precisionStyle } from "./palette";

export function captionOf(summary: SurpriseSummary, config: SurpriseConfig, dataset: string): string {
  const count = (outcome: string) => summary.filter((run) => run.outcome === outcome).length;
  const iterations = Math.max(0, ...summary.map((run) => run.iterations));
  const missing = summary.length - count("finished") - count("diverged") - count("failed");
  return [
    `Runs: ${config.runs} initialisations in each precision, all drawn; finished ${count("finished")}, diverged ${count("diverged")}, failed ${count("failed")}${missing > 0 ? `, missing ${missing}` : ""} of ${summary.length}; ${iterations} iterations. No intervals: every run is a curve of its own. Exact zeros have a place of their own below the logarithmic scale. Distances are those behind the update, summed in f64; pre-activations are of the network with ReLU'(0) = 1.`,
    `${wordsOf(summary, config).join(". ")}.`,
    `Published, one run, 64 bits only (the 32-bit figure was not kept): both distances exactly 0, smallest |pre-activation| of the first layer about 10⁻⁸ to 4·10⁻⁶.`,
    `Data: ${dataset}. Chain rule: ${config.chainRule}. Engine: ${config.engine}, 1 thread, seed ${config.seed}.`,
  ].join("\n");
}

export const altOf = (summary: SurpriseSummary, config: SurpriseConfig): string =>
  `Panels below each other show, by iteration, the distance between networks trained with ReLU'(0) = 1 and 0 and between two with 0, and the smallest absolute pre-activation of each hidden layer. ${wordsOf(summary, config).join(". ")}.`;

/** What happened in each precision. */
function wordsOf(summary: SurpriseSummary, { precisions }: SurpriseConfig): string[] {
  return inOrder(precisions).map((precision) => {
    const own = summary.filter((run) => run.precision === precision && run.iterations > 0);
    const different = own.filter((run) => run.firstDifference !== null);
    const first = different.map((run) => run.firstDifference).join(", ");
    const moved = `1 and 0 differ in ${different.length} of ${own.length} runs${first && `, from iteration ${first} on`}`;
    const controls = own.filter((run) => run.largestControl === 0).length;
    return `${precisionStyle(precision).label}: ${moved}; the control stays exactly 0 in ${controls} of ${own.length}`;
  });
}
