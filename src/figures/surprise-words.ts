/** The words of the figure `surprise`. */

import type { RunSummary, SurpriseConfig, SurpriseSummary } from "../experiments";
import { inOrder } from "../formats";
import { precisionStyle } from "./palette";
import { captionOf, counted, paragraph, sourceSentence } from "./vocabulary";

export function wordsOf(summary: SurpriseSummary, config: SurpriseConfig, dataset: string): string {
  const count = (outcome: RunSummary["outcome"]) => summary.filter((run) => run.outcome === outcome).length;
  const iterations = Math.max(0, ...summary.map((run) => run.iterations));
  const missing = count("missing");
  return captionOf(
    paragraph(
      `${counted(config.runs, "initialisation")} in each precision, of ${counted(iterations, "iteration")}.`,
      `Of ${counted(summary.length, "run")} ${count("finished")} finished, ${count("diverged")} diverged, ${count("failed")} failed${missing > 0 ? `, ${missing} are missing` : ""}.`,
      "No intervals: every run is a curve of its own.",
      "Values that are exactly 0 are in the grey strip below the logarithmic scale: whatever lies in it is 0, at whichever height.",
      "Distances are those after the update, summed in f64.",
      "Pre-activations are of the network with ReLU'(0) = 1: a zero that only the other network meets has no cross.",
    ),
    paragraph(...findings(summary, config)),
    config.dataset === "mnist"
      ? "Published (in words only): Bertoin et al. 2021, MNIST, one run, at 64 bits only (the figure of 32 bits was not kept). Both distances are exactly 0; the smallest |pre-activation| of the first layer is about 10⁻⁸ to 4·10⁻⁶."
      : "",
    paragraph(
      `Chain rule: ${config.chainRule}.`,
      sourceSentence({ data: dataset, engine: config.engine, threads: 1, seed: config.seed }),
    ),
  );
}

export const altOf = (summary: SurpriseSummary, config: SurpriseConfig): string =>
  paragraph(
    "Panels, one below the other, show by iteration the distance between networks trained with ReLU'(0) = 1 and 0, and between two trained with 0, and the smallest absolute pre-activation of each hidden layer.",
    ...findings(summary, config),
  );

/** What happened in each precision, a sentence each. */
function findings(summary: SurpriseSummary, { precisions }: SurpriseConfig): string[] {
  return inOrder(precisions).map((precision) => {
    const own = summary.filter((run) => run.precision === precision && run.iterations > 0);
    const different = own.filter((run) => run.firstDifference !== null);
    const first = different.map((run) => `run ${run.trial + 1} from iteration ${run.firstDifference} on`);
    const where = first.length > 0 ? ` (${first.join(", ")})` : "";
    const moved = `1 and 0 differ in ${different.length} of ${counted(own.length, "run")}${where}`;
    const controls = own.filter((run) => run.largestControl === 0).length;
    return `${precisionStyle(precision).label}: ${moved}; the control stays exactly 0 in ${controls} of ${own.length}.`;
  });
}
