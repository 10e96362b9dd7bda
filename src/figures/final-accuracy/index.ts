/** Test accuracy after the last epoch by ReLU'(0), and its paired differences: Bertoin et al. 2021, section 4.3. */
import { type TrainingCell, type TrainingConfig, type TrainingRow, training } from "../../experiments";
import { networkTitle } from "../../nn";
import { pairedMean } from "../../util";
import type { RunRecord } from "../definition";
import { baseLayout, legendRowsOf, withLayout } from "../layout";
import { kinds, trainingData, trainingTitle } from "../training-kinds";
import type { Figure, TableRow, Trace } from "../types";
import { accuracyRange, capital, chanceOf, counted, datasetOf, networkName, notingEmpty } from "../vocabulary";
import { axes, widest } from "./axes";
import { type Arm, accuracyPanel, accuracyText, differencePanel, hasRoom, noteOf, panelsOf, pointsOf } from "./panels";
import { accuracyOf, publishedAccuracies } from "./published";
import { failureTraces, publishedArm, publishedName, shift, traces } from "./traces";
import { accuracyCaption } from "./words";

/**
 * The figure of how trainings ended: test accuracy by ReLU'(0), run by run, with paired differences and the published numbers.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { drawFinalAccuracy, runExperiment, training } from "nonsmooth";
 *
 * const runs = mkdtempSync(join(tmpdir(), "runs-"));
 * const set = { images: 200, testImages: 100, widths: [16], epochs: 1, values: [0, 1], precisions: [16], runs: 2 };
 * const run = await runExperiment(training, { preset: "smoke", set, runs, workers: 0 });
 * const figure = drawFinalAccuracy(run);
 * console.log(figure.title, figure.table.length); // Does ReLU'(0) matter for training? Narrow perceptron, after training 2
 * ```
 */
export function drawFinalAccuracy({ rows, config, manifest }: RunRecord<TrainingConfig, TrainingRow>): Figure {
  const { cells, differences } = training.summarize(rows, config);
  const arms = armsOf(cells, config);
  const first = config.values[0]!;
  const network = capital(networkName(config));
  const [left, right] = panelsOf(differences.length > 0);
  const panels = [accuracyPanel(left!), ...(right ? [differencePanel(right, first)] : [])];
  const values = [...config.values].sort((a, b) => a - b);
  const within = panels.filter((panel) => hasRoom(panel, arms));
  const data = panels.flatMap((panel) =>
    arms.flatMap((arm, i) => [
      ...traces(panel, arm, values, shift(i, arms.length)),
      ...(within.includes(panel) ? publishedArm(panel, arm, values, shift(i, arms.length), panel === within[0]) : []),
    ]),
  );
  const shown = panels.map((panel) => arms.flatMap((arm) => pointsOf(panel, arm, within.includes(panel))));
  const chance = chanceOf(config);
  const range = accuracyRange(
    shown[0]!.map(({ y }) => y),
    chance,
    arms.some(hasFailures),
  );
  const failures = failureTraces(arms, values, range[0]);
  const caption = accuracyCaption(arms, config, manifest);
  const size = { width: 980, height: 640 };
  const title = trainingTitle(config, "after training");
  const layout = withLayout(
    baseLayout({
      title,
      subtitle: `${network} on ${trainingData(manifest, config)}: after ${counted(config.epochs, "epoch")}, and run by run against ReLU'(0) = ${first}`,
      caption,
      ...size,
      legendRows: rowsOfLegend(arms, failures, size.width, within.length > 0),
      room: { above: 26, left: 84, right: 32 },
    }),
    axes(panels, { values, range, chance, first, limit: widest(shown[1] ?? []) }),
  );
  const notes = panels.filter((panel) => !within.includes(panel)).map((panel) => noteOf(panel, arms));
  return {
    name: "final-accuracy",
    title,
    data: [...data, ...failures],
    layout: notingEmpty(withLayout(layout, { annotations: notes }), data, rows),
    alt: altOf(arms, config, config.label ?? datasetOf(manifest, config)),
    caption,
    table: tableOf(arms, config),
    ...size,
  };
}

const hasFailures = ({ cells, published }: Arm) =>
  cells.some(({ diverged }) => diverged > 0) || published.some(({ failed = 0 }) => failed > 0);

/** Each arm with what was published of it under it, then the crosses. */
function rowsOfLegend(all: readonly Arm[], failures: readonly Trace[], width: number, isPublished: boolean): number {
  const arms = isPublished ? all : all.map((arm) => ({ ...arm, published: [] }));
  const theirs = arms.filter(({ published }) => published.length > 0).map((arm) => ({ name: publishedName(arm) }));
  const ours = arms.map((arm) => ({ name: arm.published.length > 0 ? publishedName(arm) : arm.label }));
  return legendRowsOf([...ours, ...failures], width) + (theirs.length > 0 ? legendRowsOf(theirs, width) : 0);
}

function armsOf(cells: readonly TrainingCell[], config: TrainingConfig): Arm[] {
  const { labelOf, publishedLabelOf, styleOf } = kinds(cells, ["value"]);
  const labels = [...new Set(cells.map(labelOf))];
  return labels.map((label) => {
    const own = cells.filter((cell) => labelOf(cell) === label);
    return {
      label: label || "all runs",
      style: styleOf(own[0]!),
      cells: own,
      published: publishedAccuracies(own[0]!, config),
      publishedLabel: publishedLabelOf(own[0]!),
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
        : `${accuracyText(testAccuracy)} at ${value} (${finished} of ${counted(runs, "run")})`,
    );
    return `${arm.label}: ${own.join(", ")}`;
  });
  const right = config.values.length > 1 ? " The right panel shows the differences of paired runs." : "";
  return `Test accuracy after ${counted(config.epochs, "epoch")} by ReLU'(0), ${networkTitle(config.network)} on ${dataset}. ${words.join("; ")}.${right}`;
}
