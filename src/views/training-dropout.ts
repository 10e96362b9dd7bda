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
