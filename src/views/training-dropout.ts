/** What a program does if it passes ReLU'(0) to dropout as the rate. */
import type { TrainingRun } from "./training";

/** What was asked for, and what the latest released program trains instead. */
export interface DropoutSlipRow {
  readonly "rate asked for": number;
  readonly "ReLU'(0)": number;
  readonly "accuracy as asked for": number | null;
  readonly "rate in the latest released program": number;
  readonly "accuracy it would show": number | null;
}

/**
 * A row for each rate of dropout and value of ReLU'(0) for which the grid contains both trainings: the one that was asked for, and the one
 * with ReLU'(0) as the rate. Mean test accuracies; null where no run finished.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { dropoutSlipTable, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const rates = { dropout: [0, 0.5], values: [0, 0.5] };
 * const set = { ...rates, images: 200, testImages: 100, widths: [16], epochs: 1, precisions: [16], runs: 1 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * for (const row of dropoutSlipTable(run)) console.log(row["rate asked for"], row["rate in the latest released program"]); // 0 0
 * // 0 0.5
 * // 0.5 0
 * // 0.5 0.5
 * ```
 */
export function dropoutSlipTable({ config, summary }: Pick<TrainingRun, "config" | "summary">): DropoutSlipRow[] {
  const accuracy = (dropout: number, value: number) =>
    summary.cells.find((cell) => cell.dropout === dropout && cell.value === value)!.testAccuracy;
  const both = config.values.filter((value) => config.dropout.includes(value));
  return config.dropout.flatMap((asked) =>
    both.map((value) => ({
      "rate asked for": asked,
      "ReLU'(0)": value,
      "accuracy as asked for": accuracy(asked, value),
      "rate in the latest released program": value,
      "accuracy it would show": accuracy(value, value),
    })),
  );
}
