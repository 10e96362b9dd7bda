/** Test accuracy after the last epoch by ReLU'(0), and its paired differences: Bertoin et al. 2021, section 4.3. */
import { type TrainingCell, type TrainingConfig, type TrainingRow, training } from "../../experiments";
import { pairedMean } from "../../util";
import type { RunRecord } from "../definition";
import { baseLayout, withLayout } from "../layout";
import { kinds } from "../training-kinds";
import type { Figure, TableRow } from "../types";
import { counted, datasetOf } from "../vocabulary";
import { axes, lowest, widest } from "./axes";
import { type Arm, accuracyPanel, accuracyText, differencePanel, panelsOf, pointsOf } from "./panels";
import { accuracyOf, publishedAccuracies } from "./published";
import { failureTraces, shift, traces } from "./traces";
import { accuracyCaption } from "./words";

const TITLE = "Test accuracy after training, by ReLU'(0)";

export function drawFinalAccuracy({ rows, config, manifest }: RunRecord<TrainingConfig, TrainingRow>): Figure {
  const { cells, differences } = training.summarize(rows, config);
  const arms = armsOf(cells, config);
  const first = config.values[0]!;
  const [left, right] = panelsOf(differences.length > 0);
  const panels = [accuracyPanel(left!), ...(right ? [differencePanel(right, first)] : [])];
  const values = [...config.values].sort((a, b) => a - b);
  const data = panels.flatMap((panel) => arms.flatMap((arm, i) => traces(panel, arm, values, shift(i, arms.length))));
  const shown = panels.map((panel) => arms.flatMap((arm) => pointsOf(panel, arm)));
  const floor = lowest(shown[0]!);
  const failures = failureTraces(arms, values, floor);
  const legend = data.filter(({ showlegend }) => showlegend === true).length + failures.length;
  const dataset = config.label ?? datasetOf(manifest, config);
  const caption = accuracyCaption(
    cells,
    config,
    manifest,
    arms.flatMap(({ published }) => published),
  );
  const size = { width: 980, height: 640 };
  const layout = withLayout(
    baseLayout({
      title: TITLE,
      subtitle: `${config.network} on ${dataset}: after ${counted(config.epochs, "epoch")}, and run by run against ReLU'(0) = ${first}`,
      caption,
      ...size,
      legendRows: Math.ceil(legend / 3),
      room: { left: 84, right: 32 },
    }),
    axes(panels, { values, floor, first, limit: widest(shown[1] ?? []) }),
  );
  return {
    name: "final-accuracy",
    title: TITLE,
    data: [...data, ...failures],
    layout,
    alt: altOf(arms, config, dataset),
    caption,
    table: tableOf(arms, config),
    ...size,
  };
}

function armsOf(cells: readonly TrainingCell[], config: TrainingConfig): Arm[] {
  const { labelOf, styleOf } = kinds(cells, ["value"]);
  const labels = [...new Set(cells.map(labelOf))];
  return labels.map((label) => {
    const own = cells.filter((cell) => labelOf(cell) === label);
    return {
      label: label || "all runs",
      style: styleOf(own[0]!),
      cells: own,
      published: publishedAccuracies(own[0]!, config),
    };
  });
}

/** A row a cell: our numbers, the difference against the first value, and the published number. */
function tableOf(arms: readonly Arm[], config: TrainingConfig): TableRow[] {
  return arms.flatMap((arm) => {
    const reference = arm.cells.find(({ value }) => value === config.values[0])!.accuracies;
    return arm.cells.map(({ value, runs, finished, diverged, testAccuracy, low, high, accuracies }) => {
      const pairs = pairedMean(accuracies, reference);
      const theirs = arm.published.find((point) => point.value === value);
      return {
        arm: arm.label,
        value,
        ...{ runs, finished, diverged, testAccuracy, low, high, accuracies },
        ...{ difference: pairs.estimate, differenceLow: pairs.low, differenceHigh: pairs.high, pairs: pairs.n },
        ...{ equalPairs: pairs.equal, effectSize: pairs.effectSize },
        ...{ published: theirs && accuracyOf(theirs), publishedHow: theirs?.how },
        ...{ publishedRuns: theirs?.runs, publishedFailed: theirs?.failed },
      };
    });
  });
}

function altOf(arms: readonly Arm[], config: TrainingConfig, dataset: string): string {
  const words = arms.map((arm) => {
    const own = arm.cells.map(({ value, testAccuracy, finished, runs }) =>
      testAccuracy === null
        ? `no run finished at ${value}`
        : `${accuracyText(testAccuracy)} at ${value} (${finished} of ${runs} runs)`,
    );
    return `${arm.label}: ${own.join(", ")}`;
  });
  const right = config.values.length > 1 ? " The right panel shows the differences of paired runs." : "";
  return `Test accuracy of ${config.network} on ${dataset} after ${counted(config.epochs, "epoch")} by ReLU'(0). ${words.join("; ")}.${right}`;
}
