/** Whether batch normalisation buffers what ReLU'(0) changes: differences of differences. */
import type { TrainingCell } from "../experiments";
import { intervalWords, meanOf, pairedMean } from "../util";
import { isAtChance, points, readingOf, type TrainingRun } from "./training";

/** What a value of ReLU'(0) changes without and with batch-norm, in percentage points. */
export interface BufferingRow {
  readonly dataset: string;
  readonly optimizer: string;
  readonly "ReLU'(0)": number;
  /** Run numbers for which all four accuracies are known. */
  readonly pairs: number;
  readonly "change without": number | null;
  readonly "change with": number | null;
  readonly "without minus with": number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What low and high are: "range of 3 pairs"; of 8 pairs and more a 95 % interval. */
  readonly interval: string;
  /** "cannot tell" where an arm of it is no better than chance, and so cannot be harmed. */
  readonly reading: string;
  readonly "effect size": number | null;
}

/**
 * A row for each run, optimizer and value of ReLU'(0) but the first: the change of test accuracy against the first value without
 * batch-norm, the same with it, and the first minus the second in pairs of the same number, with the range over pairs or, of 8 pairs and more, their 95 % bootstrap interval.
 * Of sweeps with one precision, rate of dropout and chain rule, both with and without batch-norm.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { bufferingTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const batchNorm = [false, true];
 * const set = { images: 200, testImages: 100, widths: [16], batchNorm, epochs: 1, values: [0, 1], precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of bufferingTable([run])) console.log(row["change without"], row["change with"], row.interval);
 * ```
 */
export function bufferingTable(runs: readonly Pick<TrainingRun, "config" | "summary">[]): BufferingRow[] {
  return runs.flatMap((run) =>
    run.config.optimizers.flatMap((optimizer) =>
      run.config.values.slice(1).map((value) => {
        const [without, withNorm] = [false, true].map((batchNorm) => changes(run, { optimizer, batchNorm, value }));
        const { n, equal, estimate, low, high, effectSize } = pairedMean(without!, withNorm!);
        return {
          dataset: run.config.dataset,
          optimizer,
          "ReLU'(0)": value,
          pairs: n,
          "change without": meanOfKnown(without!),
          "change with": meanOfKnown(withNorm!),
          "without minus with": estimate,
          low,
          high,
          interval: intervalWords(n, "pairs"),
          reading: learned(run, optimizer)
            ? readingOf({ pairs: n, equal, low, high })
            : "cannot tell: an arm is at chance",
          "effect size": effectSize,
        };
      }),
    ),
  );
}

/** Whether each arm of an optimizer has a run above chance at the first value of ReLU'(0). */
const learned = ({ config, summary }: Pick<TrainingRun, "config" | "summary">, optimizer: string) =>
  summary.cells
    .filter((cell) => cell.optimizer === optimizer && cell.value === config.values[0])
    .every(({ accuracies }) => accuracies.some((one) => one !== null && !isAtChance(one)));

type Kind = Pick<TrainingCell, "optimizer" | "batchNorm" | "value">;

/** Of each run number: the accuracy minus that at the first value of ReLU'(0), in percentage points; null where a run diverged. */
function changes({ config, summary }: Pick<TrainingRun, "config" | "summary">, kind: Kind): (number | null)[] {
  const of = (value: number) =>
    summary.cells.find(
      (cell) => cell.optimizer === kind.optimizer && cell.batchNorm === kind.batchNorm && cell.value === value,
    )!.accuracies;
  const reference = of(config.values[0]!);
  return of(kind.value).map((x, trial) =>
    points(x === null || reference[trial] === null ? null : x - reference[trial]!),
  );
}

const meanOfKnown = (list: readonly (number | null)[]) => meanOf(list.filter((x) => x !== null)).estimate;
